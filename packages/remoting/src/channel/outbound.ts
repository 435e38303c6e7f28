import type { Connection } from '@rocketmq-ts/kernel';
import { CodecError, type OutgoingFrame } from '@rocketmq-ts/protocol';
import type { Body } from '../call.ts';
import type { ChannelContext } from '../channel-context.ts';
import { AnswerAccount } from '../memory/answer-memory.ts';
import { Output, type Piece } from './output.ts';

/** The sending half of a channel: lays out frames, and counts what its peer has not read. */
export class Outbound {
  /** Memory of its answers. */
  readonly account: AnswerAccount;
  readonly #context: ChannelContext;
  readonly #output: Output;
  #sentCount = 0;
  /** When the peer last read bytes, or nothing waited for it. */
  #lastProgressMs: number;

  /** `onProgress` runs when bytes have been sent, `onServed` when no request waits for memory any more. */
  constructor(connection: Connection, context: ChannelContext, onProgress: () => void, onServed: () => void) {
    this.#context = context;
    this.#lastProgressMs = context.coarseNowMs;
    this.#output = new Output(connection, context.chunks, onProgress);
    this.account = new AnswerAccount(context.answerMemory, context.limits.pauseReadingAtBytes, this.#output, onServed);
  }

  get unsentBytes(): number {
    return this.#output.unsentBytes;
  }

  /**
   * Lays out a frame behind those that wait and returns its size. `onSent` runs once when the bytes of the body are no
   * longer needed. Throws `CodecError` for a frame above the limit; then nothing is laid out and `onSent` does not run.
   */
  layOut(frame: OutgoingFrame, body: Body | undefined, onSent: (() => void) | undefined): number {
    const { frames, scratch, limits } = this.#context;
    const bodyBytes = body === undefined ? 0 : byteCount(body);
    scratch.reset();
    frame.bodyBytes = bodyBytes;
    frames.write(scratch, frame);
    const frameBytes = scratch.position + bodyBytes;
    checkFrameBytes(frameBytes, limits.maxFrameBytes);
    this.#output.reserve(scratch.position).bytes(scratch.written());
    const lent = body === undefined ? undefined : this.#append(body);
    if (lent !== undefined) lent.onSent = onSent;
    else onSent?.();
    return frameBytes;
  }

  /** Returns the last piece that is sent by reference; undefined where all was copied. */
  #append(body: Body): Piece | undefined {
    if (body instanceof Uint8Array) return this.#output.append(body);
    let lent: Piece | undefined;
    for (const piece of body) lent = this.#output.append(piece) ?? lent;
    return lent;
  }

  /** Runs `task` when everything that has gathered so far has been sent, or dropped with the connection. */
  whenSent(task: () => void): void {
    this.#output.whenSent(task);
  }

  /** Hands what has gathered to the connection, unless a write is under way; then that follows by itself. */
  flush(): void {
    this.#output.flush();
  }

  /** The same whether a write is under way or not, since the connection is about to end. */
  flushAll(): void {
    this.#output.flushAll();
  }

  /** Forgets what was not handed to the connection, which is closed. */
  discard(): void {
    this.#output.discard();
    this.account.close();
  }

  /** Records whether the peer has read anything since the last call. */
  checkProgress(nowMs: number): void {
    const { sentCount, unsentBytes } = this.#output;
    if (sentCount === this.#sentCount && unsentBytes > 0) return;
    this.#sentCount = sentCount;
    this.#lastProgressMs = nowMs;
    this.account.count();
  }

  /** For how long bytes have waited of which the peer read none. */
  stalledMs(nowMs: number): number {
    return nowMs - this.#lastProgressMs;
  }
}

function byteCount(body: Body): number {
  if (body instanceof Uint8Array) return body.length;
  let count = 0;
  for (const piece of body) count += piece.length;
  return count;
}

function checkFrameBytes(count: number, max: number): void {
  if (count <= max) return;
  throw new CodecError('FRAME_TOO_LONG', `a frame of ${count} bytes is above the limit of ${max} bytes`);
}
