import { viewOf } from '@rocketmq-ts/kernel';
import type { QueueFiles } from './queue-files.ts';

const WINDOWS = 512;
const UNITS = 400;

interface Window<Owner> {
  readonly bytes: Buffer;
  readonly view: DataView;
  owner: Owner | undefined;
  from: number;
  count: number;
  used: boolean;
}

/** Pieces of consume queues of one type in memory: a bounded number of them, however many queues there are. */
export class UnitWindows<Owner extends object> {
  readonly #unitBytes: number;
  readonly #windows: Window<Owner>[] = [];
  readonly #byOwner = new Map<Owner, Window<Owner>>();
  #hand = 0;
  /** Of the window that `at` found. */
  view: DataView = new DataView(new ArrayBuffer(0));

  constructor(unitBytes: number) {
    this.#unitBytes = unitBytes;
  }

  /** Position in `view` of a unit; −1 when the files do not have it. */
  at(owner: Owner, files: QueueFiles, queueOffset: number): number {
    let window = this.#byOwner.get(owner);
    if (window === undefined) {
      window = this.#take();
      window.owner = owner;
      window.count = 0;
      this.#byOwner.set(owner, window);
    }
    window.used = true;
    if (queueOffset < window.from || queueOffset >= window.from + window.count) {
      window.from = queueOffset;
      window.count = files.readUnits(queueOffset, UNITS, window.bytes);
      if (window.count === 0) return -1;
    }
    this.view = window.view;
    return (queueOffset - window.from) * this.#unitBytes;
  }

  /** A new window, or one that was not used for a whole round. */
  #take(): Window<Owner> {
    if (this.#windows.length < WINDOWS) {
      const bytes = Buffer.allocUnsafeSlow(UNITS * this.#unitBytes);
      const view = viewOf(bytes);
      const made: Window<Owner> = { bytes, view, owner: undefined, from: 0, count: 0, used: true };
      this.#windows.push(made);
      return made;
    }
    for (;;) {
      const window = this.#windows[this.#hand]!;
      this.#hand = (this.#hand + 1) % WINDOWS;
      if (!window.used) {
        this.#byOwner.delete(window.owner!);
        return window;
      }
      window.used = false;
    }
  }
}
