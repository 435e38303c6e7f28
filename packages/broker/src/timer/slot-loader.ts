import type { Clock, Logger } from '@rocketmq-ts/kernel';
import { PropertySlot, PropertyTable, readStoredRecord, type StoredRecord, SystemTopic } from '@rocketmq-ts/protocol';
import { BrokenChain, type MessageStore, type TimerFiles } from '@rocketmq-ts/store';
import { dueTime } from './due-time.ts';
import { LoadedSlot } from './loaded-slot.ts';
import type { TimerClock } from './timer-clock.ts';

const { REAL_TOPIC, TIMER_DEL_UNIQKEY } = PropertySlot;
/** Records that are read on the loop in one turn. */
const RECORDS_A_TURN = 64;

export interface SlotLoaderParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly store: MessageStore;
  readonly files: TimerFiles;
  readonly timerClock: TimerClock;
}

/** Outcome of a load: BROKEN where the files are damaged, FAILED where the disk can't read now. */
export type Loaded = 'LOADED' | 'BROKEN' | 'FAILED';

/** What a recall is found by: the topic that the message is for, and its unique key. */
export function recallKey(topic: string, uniqueKey: string): string {
  return `${topic}+${uniqueKey}`;
}

/** Brings the messages of a slot into memory, a few bytes for each, and reads what was recalled of them. */
export class SlotLoader {
  readonly #parts: SlotLoaderParts;
  readonly #properties = new PropertyTable();

  constructor(parts: SlotLoaderParts) {
    this.#parts = parts;
  }

  /** Begins to load a slot; units that are added meanwhile are added to it by the caller. */
  load(slotMs: number, done: (outcome: Loaded) => void): LoadedSlot {
    const { files, logger } = this.#parts;
    const loaded = new LoadedSlot(slotMs);
    const slot = files.wheel.slot(slotMs);
    const finish = (outcome: Loaded): void => {
      loaded.isReady = outcome === 'LOADED';
      loaded.hasFailed = !loaded.isReady;
      done(outcome);
    };
    if (slot === undefined) {
      finish('LOADED');
      return loaded;
    }
    files.walk(
      slot,
      (unit) => loaded.add(unit),
      (error) => {
        if (error === null) return this.complete(loaded, finish);
        logger.error('the units of a timer slot can not be read', { slotMs, error });
        finish(error instanceof BrokenChain ? 'BROKEN' : 'FAILED');
      },
    );
    return loaded;
  }

  /** Reads the records of recalls, and of messages whose units say too little, a few in a turn. */
  complete(slot: LoadedSlot, done: (outcome: Loaded) => void): void {
    const { clock, logger } = this.#parts;
    const turn = (): void => {
      for (let left = RECORDS_A_TURN; left > 0; left--) {
        try {
          if (slot.recalls.length > 0) this.#readRecall(slot);
          else if (slot.foreign.length > 0) this.#readForeign(slot);
          else return done('LOADED');
        } catch (error) {
          logger.error('a record of a timer slot can not be read', { slotMs: slot.slotMs, error });
          return done('FAILED');
        }
      }
      clock.after(0, turn);
    };
    turn();
  }

  #readRecall({ recalls, recalled }: LoadedSlot): void {
    const record = this.#recordAt(recalls.at(-1)!);
    recalls.pop();
    const topic = record && this.#properties.value(REAL_TOPIC);
    const key = record && this.#properties.value(TIMER_DEL_UNIQKEY);
    if (topic === undefined || key === undefined) return;
    // Some versions of Apache's broker write the topic before the key.
    recalled.add(recallKey(topic, key));
    if (key.startsWith(`${topic}+`)) recalled.add(key);
  }

  #readForeign(slot: LoadedSlot): void {
    const { physicalOffset, isRoll } = slot.foreign.at(-1)!;
    const record = this.#recordAt(physicalOffset);
    slot.foreign.pop();
    if (record === undefined) {
      this.#parts.logger.error('a timer message was removed with old files before it was due', { physicalOffset });
      return;
    }
    const { files, timerClock } = this.#parts;
    const { precisionMs } = files.wheel;
    const due = isRoll ? undefined : dueTime(this.#properties, record.storeTimestamp, precisionMs);
    const inSlotMs = due === undefined ? precisionMs : due.wallMs + timerClock.shiftMs - slot.slotMs;
    const isInSlot = inSlotMs >= 1 && inSlotMs <= precisionMs;
    slot.addEntry({ queueOffset: record.queueOffset, inSlotMs: isInSlot ? inSlotMs : precisionMs, isRoll });
  }

  /** A record of the queue of timers, its properties in the table; undefined where there is none. Throws the disk's error. */
  #recordAt(physicalOffset: number): StoredRecord | undefined {
    const bytes = this.#parts.store.recordAt(physicalOffset);
    const record = bytes && readStoredRecord(bytes);
    if (record?.topic !== SystemTopic.WHEEL_TIMER) return undefined;
    this.#properties.read(record.properties, 'latin1');
    return record;
  }
}
