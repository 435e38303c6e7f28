import type { Clock, Timer } from '@rocketmq-ts/kernel';
import type { SeededRandom } from '@rocketmq-ts/testing/simulated';

export interface PipeConditions {
  readonly clock: Clock;
  readonly random: SeededRandom;
  readonly minLatencyMs: number;
  readonly maxLatencyMs: number;
  /** How often bytes that could arrive together are split. */
  readonly splitChance: number;
  /** What the system takes from a sender before the receiver has read it. With 0 it takes nothing unless the receiver reads. */
  readonly windowBytes: number;
  /** False while the way between the two ends is interrupted: bytes wait, as TCP sends them again later. */
  isOpen(): boolean;
}

interface PipeEnds {
  /** Bytes arrive. */
  deliver(chunk: Buffer): void;
  /** The sender has ended and everything has arrived. */
  deliverEnd(): void;
  /** The system took everything that waited at the sender. */
  drained(): void;
}

interface QueuedWrite {
  readonly bytes: Uint8Array;
  readonly done: (() => void) | undefined;
}

interface Segment {
  readonly bytes: Buffer;
  readonly dueMs: number;
}

/** One direction of a simulated connection: in order, nothing lost, everything late and cut anywhere. */
export class Pipe {
  readonly #conditions: PipeConditions;
  readonly #ends: PipeEnds;
  #waiting: QueuedWrite[] = [];
  #waitingBytes = 0;
  #segments: Segment[] = [];
  #takenBytes = 0;
  #lastDueMs = 0;
  #isPaused = false;
  #isEnding = false;
  #isCut = false;
  #timer: Timer | undefined;

  constructor(conditions: PipeConditions, ends: PipeEnds) {
    this.#conditions = conditions;
    this.#ends = ends;
  }

  /** Bytes of the sender that the system has not taken. */
  get pendingBytes(): number {
    return this.#waitingBytes;
  }

  write(bytes: Uint8Array, done: (() => void) | undefined): void {
    this.#waiting.push({ bytes, done });
    this.#waitingBytes += bytes.length;
    this.#take();
  }

  end(): void {
    this.#isEnding = true;
    this.#arm();
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#take();
    this.#arm();
  }

  /** Looks again whether bytes can move: the way was opened. */
  wake(): void {
    this.#arm();
  }

  /** The sender's process has ended: what the system has not taken is dropped; the rest arrives, then the end. */
  abandonWaiting(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    for (const { done } of waiting) if (done !== undefined) queueMicrotask(done);
  }

  /** Nothing arrives any more. */
  cut(): void {
    this.#isCut = true;
    this.#segments = [];
    this.#timer?.cancel();
    this.#timer = undefined;
    this.abandonWaiting();
  }

  #take(): void {
    const before = this.#waitingBytes;
    while (this.#waiting.length > 0 && this.#mayTake) {
      const { bytes, done } = this.#waiting.shift()!;
      this.#waitingBytes -= bytes.length;
      this.#takenBytes += bytes.length;
      this.#segments.push({ bytes: Buffer.from(bytes), dueMs: this.#dueMs() });
      if (done !== undefined) queueMicrotask(done);
    }
    if (before > 0) this.#arm();
  }

  get #mayTake(): boolean {
    return this.#takenBytes < this.#conditions.windowBytes || (this.#takenBytes === 0 && !this.#isPaused);
  }

  /** Never before what was sent earlier: TCP keeps the order. */
  #dueMs(): number {
    const { clock, random, minLatencyMs, maxLatencyMs } = this.#conditions;
    this.#lastDueMs = Math.max(this.#lastDueMs, clock.monotonicMs() + random.between(minLatencyMs, maxLatencyMs));
    return this.#lastDueMs;
  }

  #arm(): void {
    if (this.#isCut || this.#isPaused || this.#timer !== undefined || !this.#conditions.isOpen()) return;
    const first = this.#segments[0];
    if (first === undefined && !this.#isEnding) return;
    const nowMs = this.#conditions.clock.monotonicMs();
    const dueMs = first?.dueMs ?? Math.max(this.#lastDueMs, nowMs);
    this.#timer = this.#conditions.clock.after(Math.max(0, dueMs - nowMs), () => {
      this.#timer = undefined;
      this.#arrive();
    });
  }

  /** One chunk a turn: all that is due in one piece, or by chance only a part of it. */
  #arrive(): void {
    if (this.#isCut || this.#isPaused || !this.#conditions.isOpen()) return;
    const chunk = this.#nextChunk();
    if (chunk === undefined) {
      if (this.#segments.length > 0 || this.#waiting.length > 0) this.#arm();
      else if (this.#isEnding) this.#deliverEnd();
      return;
    }
    this.#takenBytes -= chunk.length;
    const hadWaiting = this.#waiting.length > 0;
    this.#take();
    this.#arm();
    this.#ends.deliver(chunk);
    if (hadWaiting && this.#waiting.length === 0) this.#ends.drained();
  }

  #nextChunk(): Buffer | undefined {
    const { clock, random, splitChance } = this.#conditions;
    const nowMs = clock.monotonicMs();
    const due = this.#segments.findIndex((segment) => segment.dueMs > nowMs);
    const arrived = this.#segments.splice(0, due < 0 ? this.#segments.length : due);
    if (arrived.length === 0) return undefined;
    const all = arrived.length === 1 ? arrived[0]!.bytes : Buffer.concat(arrived.map((segment) => segment.bytes));
    if (all.length < 2 || !random.chance(splitChance)) return all;
    const at = random.between(1, all.length - 1);
    this.#segments.unshift({ bytes: all.subarray(at), dueMs: nowMs });
    return all.subarray(0, at);
  }

  #deliverEnd(): void {
    this.#isCut = true;
    this.#ends.deliverEnd();
  }
}
