import { TimerMagic, type TimerUnit } from '@rocketmq-ts/store';

const FIRST_SIZE = 64;
/** Queue offsets are below it: with milliseconds within a slot and a flag before them they are exact numbers. */
const OFFSETS = 2 ** 42;

/** What a key says. */
export interface SlotEntry {
  readonly queueOffset: number;
  /** Begin of the slot to when it is due. */
  readonly inSlotMs: number;
  /** It is not due: it is put in the queue of timers again. */
  readonly isRoll: boolean;
}

/**
 * The messages of the slot whose time it is, eight bytes for each, in the order in which they are due; and what was recalled of them.
 */
export class LoadedSlot {
  readonly slotMs: number;
  isReady = false;
  /** It could not be read: it is to be loaded again. */
  hasFailed = false;
  /** The messages that were in the queue of timers when the slot's time came must have been put in the wheel first. */
  neededOffset: number | undefined;
  /** Unique keys of recalled messages, with topic. */
  readonly recalled = new Set<string>();
  /** Recalls that are not read yet. */
  readonly recalls: number[] = [];
  /** Physical offsets of messages whose units do not say more, as those of Apache's broker. */
  readonly foreign: { readonly physicalOffset: number; readonly isRoll: boolean }[] = [];
  #keys = new Float64Array(FIRST_SIZE);
  #from = 0;
  #to = 0;
  #isSorted = true;

  constructor(slotMs: number) {
    this.slotMs = slotMs;
  }

  /** Messages that are left. */
  get size(): number {
    return this.#to - this.#from;
  }

  /** Adds a message of this slot, or a recall. */
  add({ magic, queueOffset, inSlotMs, physicalOffset }: TimerUnit): void {
    const isRoll = (magic & TimerMagic.ROLL) !== 0;
    if ((magic & TimerMagic.DELETE) !== 0 && !isRoll) this.recalls.push(physicalOffset);
    else if (inSlotMs === 0) this.foreign.push({ physicalOffset, isRoll });
    else this.addEntry({ queueOffset, inSlotMs, isRoll });
  }

  addEntry({ queueOffset, inSlotMs, isRoll }: SlotEntry): void {
    if (this.#to === this.#keys.length) this.#makeRoom();
    const key = (inSlotMs * 2 + (isRoll ? 1 : 0)) * OFFSETS + queueOffset;
    if (this.#to > this.#from && this.#keys[this.#to - 1]! > key) this.#isSorted = false;
    this.#keys[this.#to] = key;
    this.#to += 1;
  }

  #makeRoom(): void {
    const { size } = this;
    const keys = size * 2 > this.#keys.length ? new Float64Array(this.#keys.length * 2) : this.#keys;
    keys.set(this.#keys.subarray(this.#from, this.#to));
    this.#keys = keys;
    this.#from = 0;
    this.#to = size;
  }

  /** The message that is due first. */
  get first(): SlotEntry | undefined {
    if (this.size === 0) return undefined;
    if (!this.#isSorted) {
      this.#keys.subarray(this.#from, this.#to).sort();
      this.#isSorted = true;
    }
    return entryOf(this.#keys[this.#from]!);
  }

  /** How many messages from the first one on are due until then, and follow each other in the queue; at most `most`. */
  runLength(untilMs: number, most: number): number {
    const first = this.first;
    if (first === undefined) return 0;
    let length = 0;
    for (let at = this.#from; at < this.#to && length < most; at++, length++) {
      const { queueOffset, inSlotMs } = entryOf(this.#keys[at]!);
      if (queueOffset !== first.queueOffset + length || this.slotMs + inSlotMs > untilMs) break;
    }
    return length;
  }

  /** Takes the first one out. */
  shift(): void {
    this.#from += 1;
  }
}

function entryOf(key: number): SlotEntry {
  const queueOffset = key % OFFSETS;
  const rest = (key - queueOffset) / OFFSETS;
  return { queueOffset, inSlotMs: Math.floor(rest / 2), isRoll: rest % 2 === 1 };
}
