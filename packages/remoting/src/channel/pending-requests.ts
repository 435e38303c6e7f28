import { type Command, type HeaderCodec, type RemotingFrame, responseCodec } from '@rocketmq-ts/protocol';
import type { Response } from '../call.ts';
import type { RemotingError } from '../errors.ts';

/** A request that waits for its response. */
interface PendingRequest {
  readonly command: Command;
  readonly deadlineMs: number;
  /** As the caller gave it, for the message. */
  readonly timeoutMs: number;
  /** Whether the connection is closed when the deadline passes. */
  readonly closesOnTimeout: boolean;
  readonly resolve: (response: Response) => void;
  readonly reject: (error: RemotingError) => void;
}

/**
 * The requests of one direction of one connection, by opaque. Each direction counts for itself, so a peer's request may
 * carry the opaque of one of ours.
 */
export class PendingRequests {
  readonly #byOpaque = new Map<number, PendingRequest>();
  #lastOpaque = -1;
  /** No deadline passes before this. */
  #nextDeadlineMs = Number.POSITIVE_INFINITY;

  get size(): number {
    return this.#byOpaque.size;
  }

  /** An opaque that no waiting request has; counts up and wraps into the negatives as Apache's does. */
  nextOpaque(): number {
    do this.#lastOpaque = (this.#lastOpaque + 1) | 0;
    while (this.#byOpaque.has(this.#lastOpaque));
    return this.#lastOpaque;
  }

  add(opaque: number, request: PendingRequest): void {
    this.#byOpaque.set(opaque, request);
    if (request.deadlineMs < this.#nextDeadlineMs) this.#nextDeadlineMs = request.deadlineMs;
  }

  /** Hands a response to the request that waits for it; false when none does. */
  settle(frame: RemotingFrame): boolean {
    const request = this.#byOpaque.get(frame.opaque);
    if (request === undefined) return false;
    this.#byOpaque.delete(frame.opaque);
    request.resolve(new ReceivedResponse(frame, responseCodec(request.command)));
    return true;
  }

  /** Takes out all whose deadline has passed. */
  takeExpired(nowMs: number): PendingRequest[] {
    if (nowMs < this.#nextDeadlineMs) return [];
    const expired: PendingRequest[] = [];
    let next = Number.POSITIVE_INFINITY;
    for (const [opaque, request] of this.#byOpaque) {
      if (request.deadlineMs <= nowMs) {
        this.#byOpaque.delete(opaque);
        expired.push(request);
      } else if (request.deadlineMs < next) {
        next = request.deadlineMs;
      }
    }
    this.#nextDeadlineMs = next;
    return expired;
  }

  takeAll(): PendingRequest[] {
    const all = [...this.#byOpaque.values()];
    this.#byOpaque.clear();
    this.#nextDeadlineMs = Number.POSITIVE_INFINITY;
    return all;
  }
}

class ReceivedResponse implements Response<Command> {
  readonly code: number;
  readonly remark: string | undefined;
  readonly header: Response['header'];
  readonly extFields: Response['extFields'];
  readonly body: Buffer;
  readonly version: number;
  readonly language: string;

  constructor(frame: RemotingFrame, codec: HeaderCodec) {
    this.code = frame.code;
    this.remark = frame.remark;
    this.header = codec.decodeLenient(frame.extFields);
    this.extFields = frame.extFields;
    this.body = frame.body;
    this.version = frame.version;
    this.language = frame.language;
  }
}
