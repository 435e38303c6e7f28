import { type Connection, type Endpoint, formatEndpoint } from '@rocketmq-ts/kernel';
import {
  type Command,
  FLAG_RESPONSE,
  type HeaderValues,
  type OutgoingFrame,
  type RemotingFrame,
  type RequestInput,
  type SlotsOfCode,
} from '@rocketmq-ts/protocol';
import type { Body, NotifyOptions, RemotingConnection, RequestOptions, Response } from '../call.ts';
import type { ChannelContext } from '../channel-context.ts';
import { asSentence } from '../errors.ts';
import { LARGE_ANSWER_BYTES } from '../limits.ts';
import type { AnswerAccount } from '../memory/answer-memory.ts';
import { type FrameSink, Inbound } from './inbound.ts';
import { Outbound } from './outbound.ts';
import { type RequestChannel, Requester } from './requester.ts';

let lastId = 0;

/** What a channel uses of the group that it belongs to. */
export interface ChannelOwner {
  readonly context: ChannelContext;
  readonly slotsOf: SlotsOfCode;
  /** Serves a request that came on the channel. */
  serve(channel: Channel, request: RemotingFrame): void;
  flushAtEndOfTurn(channel: Channel): void;
  /** Has the channel read on in the next turn. */
  defer(channel: Channel): void;
  remove(channel: Channel): void;
  /** The connection sends its last bytes; it counts until `ended`. */
  ending(connection: Connection): void;
  ended(connection: Connection): void;
}

/** One connection with commands on it; the same class on both sides, since both may ask and both may answer. */
export class Channel implements RemotingConnection, FrameSink, RequestChannel {
  readonly id: number;
  readonly remote: Endpoint;
  readonly local: Endpoint;
  readonly peer: string;
  /** For messages: the address as the user wrote it, or the peer. */
  readonly address: string;
  readonly #connection: Connection;
  readonly #group: ChannelOwner;
  readonly #context: ChannelContext;
  readonly #inbound: Inbound;
  readonly #outbound: Outbound;
  /** The requests that this side sends. */
  readonly requests: Requester;
  #closeListeners: (() => void)[] = [];
  #closed = false;
  #lastActiveMs: number;
  /** Why the connection closes once nothing waits on it; undefined while it is in use. */
  #retiredFor: string | undefined;
  /** Whether the group will flush this channel at the end of the turn. */
  #dirty = false;

  endedBy: 'silence' | 'failure' | undefined;

  constructor(connection: Connection, group: ChannelOwner, address?: string) {
    lastId += 1;
    this.id = lastId;
    this.remote = connection.remote;
    this.local = connection.local;
    this.peer = formatEndpoint(connection.proxied ?? connection.remote);
    this.address = address ?? this.peer;
    this.#connection = connection;
    this.#group = group;
    this.#context = group.context;
    this.#lastActiveMs = group.context.coarseNowMs;
    this.#outbound = new Outbound(
      connection,
      group.context,
      () => this.#progressed(),
      () => this.#inbound.resumeIfServed(),
    );
    this.#inbound = new Inbound(connection, group.context, group.slotsOf, this, this.#outbound);
    this.requests = new Requester(group.context, this);
    connection.setHandlers({
      onData: (chunk) => this.#receivedBytes(chunk),
      onDrain: () => {},
      onClose: (error) => this.#lost(error),
    });
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Gathered, and handed over but not taken by the system. */
  get unsentBytes(): number {
    return this.#outbound.unsentBytes;
  }

  /** Memory of its answers. */
  get account(): AnswerAccount {
    return this.#outbound.account;
  }

  request<C extends Command>(command: C, header: RequestInput<C>, options: RequestOptions): Promise<Response<C>> {
    const { timeoutMs } = options;
    const deadline = { leftMs: timeoutMs, timeoutMs, closesOnTimeout: false };
    return this.requests.exchange(command, header as HeaderValues, options, deadline);
  }

  notify<C extends Command>(command: C, header: RequestInput<C>, options?: NotifyOptions): void {
    try {
      this.requests.notify(command, header as HeaderValues, options ?? {});
    } catch (error) {
      this.#context.logger.warn('A one-way request was dropped', { peer: this.peer, code: command.code, error });
    }
  }

  /** An answer without fields and remark: the caller sets them and gives it to `sendAnswer` at once. */
  beginAnswer(code: number, opaque: number): OutgoingFrame {
    return this.#context.frames.begin(code, FLAG_RESPONSE, opaque);
  }

  /**
   * Lays out an answer and returns its size, 0 when the connection is closed. `onSent` runs once when the body's bytes are no
   * longer needed. Throws `CodecError` for an answer above the limit; then `onSent` does not run.
   */
  sendAnswer(frame: OutgoingFrame, body?: Body | undefined, onSent?: (() => void) | undefined): number {
    if (this.#closed) {
      onSent?.();
      return 0;
    }
    const bytes = this.send(frame, body, onSent);
    if (bytes >= LARGE_ANSWER_BYTES) this.account.count();
    const unsent = this.unsentBytes;
    if (unsent > this.#context.limits.maxUnsentBytes) {
      this.close(`the peer does not read its answers: ${unsent} bytes are waiting`);
    }
    return bytes;
  }

  /** Runs `task` when everything that has gathered so far is sent, or dropped with the connection. */
  whenSent(task: () => void): void {
    this.#outbound.whenSent(task);
  }

  /** Lays out a frame, to be sent at the end of the turn, and returns its size; body and errors as in `sendAnswer`. */
  send(frame: OutgoingFrame, body?: Body | undefined, onSent?: (() => void) | undefined): number {
    const bytes = this.#outbound.layOut(frame, body, onSent);
    if (!this.#dirty) {
      this.#dirty = true;
      this.#group.flushAtEndOfTurn(this);
    }
    return bytes;
  }

  onClose(listener: () => void): void {
    if (this.#closed) listener();
    else this.#closeListeners.push(listener);
  }

  close(reason: string): void {
    if (this.#closed) return;
    this.#context.logger.info('Connection closed by us', { peer: this.peer, reason });
    this.#tearDown(`The connection to ${this.address} was closed: ${asSentence(reason)}`, undefined);
    this.#connection.destroy();
  }

  drop(reason: string, cause: Error | undefined): void {
    this.endedBy = 'failure';
    this.#tearDown(`the connection to ${this.address} was closed: ${reason}`, cause);
    this.#connection.destroy();
  }

  /** Sends what has gathered, then closes. */
  finish(reason: string): void {
    if (this.#closed) return;
    this.#outbound.flushAll();
    this.#group.ending(this.#connection);
    this.#tearDown(`The connection to ${this.address} was closed: ${asSentence(reason)}`, undefined);
    this.#connection.end();
  }

  /** Closes as soon as no request waits for its response. */
  retire(reason: string): void {
    this.#retiredFor = reason;
    this.#finishIfRetired();
  }

  /** Hands what has gathered to the connection. */
  flush(): void {
    this.#dirty = false;
    if (this.#closed) return;
    this.#lastActiveMs = this.#context.coarseNowMs;
    this.#outbound.flush();
    this.account.count();
  }

  /** Fails requests whose time is over and closes a connection that is silent, late or stuck for too long. */
  sweep(nowMs: number): void {
    const closeFor = this.requests.failExpired(nowMs);
    if (closeFor !== undefined) return this.close(closeFor);
    this.#outbound.checkProgress(nowMs);
    const late = this.#inbound.whyLate(nowMs);
    if (late !== undefined) return this.drop(late, undefined);
    const silentMs = nowMs - this.#lastActiveMs;
    if (silentMs < this.#context.idleTimeoutMs) return;
    this.endedBy = 'silence';
    this.close(`no byte in either direction for ${Math.round(silentMs)} ms`);
  }

  /** For how long bytes have waited of which the peer read none. */
  stalledMs(nowMs: number): number {
    return this.#outbound.stalledMs(nowMs);
  }

  received(frame: RemotingFrame): void {
    if (frame.isResponse) this.#settle(frame);
    else this.#group.serve(this, frame);
  }

  readLater(): void {
    this.#group.defer(this);
  }

  /** Continues to read, in the next turn. */
  readOn(): void {
    this.#inbound.readOn();
  }

  #receivedBytes(chunk: Buffer): void {
    if (this.#closed) return;
    this.#lastActiveMs = this.#context.coarseNowMs;
    this.#inbound.push(chunk);
  }

  #progressed(): void {
    this.#lastActiveMs = this.#context.coarseNowMs;
    if (this.#closed) return;
    this.account.count();
    this.#inbound.resumeIfServed();
  }

  #settle(frame: RemotingFrame): void {
    if (this.requests.settle(frame)) this.#finishIfRetired();
    else
      this.#context.logger.debug('A response came for which no request waits', {
        peer: this.peer,
        opaque: frame.opaque,
      });
  }

  #finishIfRetired(): void {
    if (this.#retiredFor !== undefined && this.requests.pendingCount === 0) this.finish(this.#retiredFor);
  }

  #lost(error: Error | undefined): void {
    this.#group.ended(this.#connection);
    if (this.#closed) return;
    if (!this.#inbound.logRefusedTransport(error)) {
      this.#context.logger.debug('Connection closed by the peer', { peer: this.peer, error });
    }
    if (error !== undefined) this.endedBy = 'failure';
    const why = error === undefined ? '.' : `: ${asSentence(error.message)}`;
    this.#tearDown(`The connection to ${this.address} was lost${why}`, error);
  }

  #tearDown(message: string, cause: Error | undefined): void {
    this.#closed = true;
    this.#inbound.clear();
    this.#outbound.discard();
    this.#group.remove(this);
    this.requests.failAll(message, cause);
    const listeners = this.#closeListeners;
    this.#closeListeners = [];
    for (const listener of listeners) this.#context.guard.run('a listener of the end of a connection', listener);
  }
}
