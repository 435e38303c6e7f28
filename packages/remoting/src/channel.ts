import { asError, CodedError, type Connection, type Endpoint, formatEndpoint } from '@rocketmq-ts/kernel';
import {
  CodecError,
  type Command,
  FLAG_ONEWAY,
  FLAG_RESPONSE,
  FrameReader,
  type HeaderValues,
  type OutgoingFrame,
  type RemotingFrame,
  type RequestInput,
  ResponseCode,
  requestCodec,
  responseCodec,
} from '@rocketmq-ts/protocol';
import { AnswerAccount } from './answer-memory.ts';
import type { Body, NotifyOptions, RemotingConnection, RequestOptions, Response } from './call.ts';
import type { ChannelGroup } from './channel-group.ts';
import { asSentence, type RemotingErrorCode, remotingError } from './errors.ts';
import { LARGE_ANSWER_BYTES, LISTEN_BYTES, LOOK_AT_TIME_EACH, SHORT_PAUSE_BYTES } from './limits.ts';
import { Newcomer } from './newcomer.ts';
import { Output, type Piece } from './output.ts';
import { PendingRequests } from './pending-requests.ts';

let lastId = 0;

/** How a request is waited for. */
export interface Deadline {
  /** From now on. */
  readonly leftMs: number;
  /** As the caller gave it, for the message. */
  readonly timeoutMs: number;
  readonly closesOnTimeout: boolean;
}

/** One connection with commands on it; the same class on both sides, since both may ask and both may answer. */
export class Channel implements RemotingConnection {
  readonly id: number;
  readonly remote: Endpoint;
  readonly local: Endpoint;
  readonly peer: string;
  /** For messages: the address as the user wrote it, or the peer. */
  readonly address: string;
  /** Memory of its answers. */
  readonly account: AnswerAccount;
  readonly #connection: Connection;
  readonly #group: ChannelGroup;
  readonly #reader: FrameReader;
  readonly #output: Output;
  readonly #pending = new PendingRequests();
  readonly #newcomer: Newcomer;
  #closeListeners: (() => void)[] = [];
  #closed = false;
  #paused = false;
  /** Its next frames are read in the next turn. */
  #deferred = false;
  /** Part of the group's count of half-received bytes. */
  #heldBytes = 0;
  #lastActiveMs: number;
  /** When the peer was last seen to take bytes, or nothing waited for it. */
  #lastTakenMs: number;
  #sentCount = 0;
  /** Why the connection closes once nothing waits on it; undefined while it is in use. */
  #retiredFor: string | undefined;
  /** Whether the group will flush this channel at the end of the turn. */
  #dirty = false;

  constructor(connection: Connection, group: ChannelGroup, address?: string) {
    lastId += 1;
    this.id = lastId;
    this.remote = connection.remote;
    this.local = connection.local;
    this.peer = formatEndpoint(connection.proxied ?? connection.remote);
    this.address = address ?? this.peer;
    this.#connection = connection;
    this.#group = group;
    this.#reader = new FrameReader(group.limits.maxFrameBytes, group.slotsOf);
    this.#output = new Output(connection, group.chunks, () => this.#progressed());
    this.account = new AnswerAccount(group.answerMemory, group.limits.pauseReadingAtBytes, this.#output, () =>
      this.#resumeIfServed(),
    );
    this.#lastActiveMs = group.coarseNowMs;
    this.#lastTakenMs = group.coarseNowMs;
    this.#newcomer = new Newcomer(group, this.peer, this.local.port, group.coarseNowMs);
    connection.setHandlers({
      onData: (chunk) => this.#received(chunk),
      onDrain: () => {},
      onClose: (error) => this.#lost(error),
    });
  }

  get closed(): boolean {
    return this.#closed;
  }

  get pendingCount(): number {
    return this.#pending.size;
  }

  request<C extends Command>(command: C, header: RequestInput<C>, options: RequestOptions): Promise<Response<C>> {
    const { timeoutMs } = options;
    const deadline = { leftMs: timeoutMs, timeoutMs, closesOnTimeout: false };
    return this.exchange(command, header as HeaderValues, options, deadline);
  }

  /** Sends a request and waits for its response. `header` undefined: all fields are in `options.extFields`. */
  exchange<C extends Command>(
    command: C,
    header: HeaderValues | undefined,
    options: NotifyOptions,
    deadline: Deadline,
  ): Promise<Response<C>> {
    return new Promise((resolve, reject) => {
      const refusal = this.#refusal();
      if (refusal !== undefined) return reject(refusal);
      const opaque = this.#pending.nextOpaque();
      try {
        this.#send(this.#request(command, 0, opaque, header, options), options.body, undefined);
      } catch (error) {
        return reject(this.#unsendable(command, error));
      }
      this.#pending.add(opaque, {
        name: command.name,
        codec: responseCodec(command),
        deadlineMs: this.#group.clock.monotonicMs() + deadline.leftMs,
        timeoutMs: deadline.timeoutMs,
        closesOnTimeout: deadline.closesOnTimeout,
        resolve: resolve as (response: Response) => void,
        reject,
      });
    });
  }

  notify<C extends Command>(command: C, header: RequestInput<C>, options?: NotifyOptions): void {
    try {
      this.notifyOrThrow(command, header as HeaderValues, options);
    } catch (error) {
      this.#group.logger.warn('A one-way request was dropped', { peer: this.peer, code: command.code, error });
    }
  }

  /** As `notify`, but what prevents it is thrown as a `RemotingError`. */
  notifyOrThrow(command: Command, header: HeaderValues | undefined, options: NotifyOptions = {}): void {
    const refusal = this.#refusal();
    if (refusal !== undefined) throw refusal;
    const opaque = this.#pending.nextOpaque();
    try {
      this.#send(this.#request(command, FLAG_ONEWAY, opaque, header, options), options.body, undefined);
    } catch (error) {
      throw this.#unsendable(command, error);
    }
    if (options.onSent !== undefined) this.#output.whenSent(options.onSent);
  }

  #request(
    command: Command,
    flag: number,
    opaque: number,
    header: HeaderValues | undefined,
    options: NotifyOptions,
  ): OutgoingFrame {
    const frame = this.#group.frames.begin(command.code, flag, opaque);
    frame.remark = options.remark;
    frame.codec = requestCodec(command);
    frame.header = header;
    frame.extFields = options.extFields;
    return frame;
  }

  /** An answer without fields and remark: the caller sets them and gives it to `sendAnswer` at once. */
  beginAnswer(code: number, opaque: number): OutgoingFrame {
    return this.#group.frames.begin(code, FLAG_RESPONSE, opaque);
  }

  /** Lays out an answer and returns its size. Nothing happens when the connection is gone. */
  sendAnswer(frame: OutgoingFrame, body?: Body | undefined, onSent?: (() => void) | undefined): number {
    if (this.#closed) {
      onSent?.();
      return 0;
    }
    let bytes = 0;
    try {
      bytes = this.#send(frame, body, onSent);
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      onSent?.();
      this.#group.logger.error('An answer could not be sent', { peer: this.peer, error });
      const failure = this.beginAnswer(ResponseCode.SYSTEM_ERROR, frame.opaque);
      failure.remark = error.message;
      this.#send(failure, undefined, undefined);
    }
    if (bytes >= LARGE_ANSWER_BYTES) this.account.count();
    const unsent = this.#output.unsentBytes;
    if (unsent > this.#group.limits.maxUnsentBytes) {
      this.close(`the peer does not read its answers: ${unsent} bytes are waiting`);
    }
    return bytes;
  }

  logHandlerFailure(command: Command, error: Error): void {
    const { repeated, coarseNowMs } = this.#group;
    const fields = { command: command.name, peer: this.peer, error };
    repeated.log(`failed ${command.name}`, coarseNowMs, 'error', 'A handler failed', fields);
  }

  logRefusedRequest(command: Command, error: Error): void {
    const { repeated, coarseNowMs } = this.#group;
    const fields = { peer: this.peer, command: command.name, reason: error.message };
    repeated.log(`refused ${command.name}`, coarseNowMs, 'warn', 'A request was refused', fields);
  }

  logSecondAnswer(command: Command): void {
    const { repeated, coarseNowMs } = this.#group;
    const fields = { command: command.name, peer: this.peer };
    repeated.log(`twice ${command.name}`, coarseNowMs, 'error', 'A handler answered twice', fields);
  }

  onClose(listener: () => void): void {
    if (this.#closed) listener();
    else this.#closeListeners.push(listener);
  }

  close(reason: string): void {
    if (this.#closed) return;
    this.#group.logger.info('Connection closed by us', { peer: this.peer, reason });
    this.#tearDown(`The connection to ${this.address} was closed: ${asSentence(reason)}`, undefined);
    this.#connection.destroy();
  }

  /** Closes without a line of its own. */
  #drop(reason: string, cause: Error | undefined): void {
    this.#tearDown(`the connection to ${this.address} was closed: ${reason}`, cause);
    this.#connection.destroy();
  }

  /** Sends what has gathered, then closes. */
  finish(reason: string): void {
    if (this.#closed) return;
    this.#output.flushAll();
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
    this.#lastActiveMs = this.#group.coarseNowMs;
    this.#output.flush();
    this.account.count();
  }

  /** Fails requests whose time is over and closes a connection that has been silent for too long. */
  sweep(nowMs: number): void {
    let closeFor: string | undefined;
    for (const request of this.#pending.takeExpired(nowMs)) {
      const message = `${this.address} did not answer ${request.name} within ${Math.round(request.timeoutMs)} ms.`;
      request.reject(remotingError('REQUEST_TIMEOUT', message, this.address));
      if (request.closesOnTimeout) closeFor = message;
    }
    if (closeFor !== undefined) {
      this.close(closeFor);
      return;
    }
    this.#lookWhatIsTaken(nowMs);
    if (!this.#paused && !this.#deferred) {
      const late = this.#newcomer.whyLate(nowMs, this.#reader.heldBytes);
      if (late !== undefined) return this.#drop(late, undefined);
    }
    const silentMs = nowMs - this.#lastActiveMs;
    if (silentMs >= this.#group.idleTimeoutMs) this.close(`no byte in either direction for ${Math.round(silentMs)} ms`);
  }

  /** For how long bytes have waited of which the peer took none. */
  stalledMs(nowMs: number): number {
    return nowMs - this.#lastTakenMs;
  }

  #lookWhatIsTaken(nowMs: number): void {
    const { sentCount, unsentBytes } = this.#output;
    if (sentCount === this.#sentCount && unsentBytes > 0) return;
    this.#sentCount = sentCount;
    this.#lastTakenMs = nowMs;
    this.account.count();
  }

  #received(chunk: Buffer): void {
    if (this.#closed) return;
    this.#lastActiveMs = this.#group.coarseNowMs;
    this.#newcomer.received(chunk);
    this.#reader.push(chunk);
    this.#readFrames();
    if (this.#paused && !this.#closed) this.#stopListeningWhenFull();
  }

  /** Once the turn is long, each connection has one request served and then leaves the others their turn. */
  #readFrames(): void {
    const { turn } = this.#group.answerMemory;
    try {
      for (let count = 1; !this.#paused && !this.#deferred && !this.#closed; count++) {
        const frame = this.#reader.next();
        if (frame === undefined) break;
        this.#newcomer.framed();
        if ((frame.flag & FLAG_RESPONSE) === 0) this.#group.serve(this, frame);
        else this.#settle(frame);
        if (this.account.isWaiting || this.#output.unsentBytes >= this.#pauseAtBytes) this.#pauseIfStuck();
        if (count % LOOK_AT_TIME_EACH === 0) turn.elapsedMs();
        if (turn.isLong) this.#defer();
      }
    } catch (error) {
      if (error instanceof CodecError) {
        this.#drop(this.#newcomer.logBadFrame(error), error);
      } else {
        // How far its requests were served is unknown.
        this.#group.guard.report('reading from a connection', error);
        this.#drop('serving it failed', asError(error));
      }
    }
    this.#accountHeldBytes();
  }

  #defer(): void {
    this.#deferred = true;
    this.#group.defer(this);
  }

  /** The next turn has come. */
  readOn(): void {
    this.#deferred = false;
    if (!this.#closed && !this.#paused) this.#readFrames();
  }

  #finishIfRetired(): void {
    if (this.#retiredFor !== undefined && this.#pending.size === 0) this.finish(this.#retiredFor);
  }

  #settle(frame: RemotingFrame): void {
    if (this.#pending.settle(frame)) this.#finishIfRetired();
    else this.#group.logger.debug('A response that nobody waits for', { peer: this.peer, opaque: frame.opaque });
  }

  /** Unsent bytes at which no more requests are read. */
  get #pauseAtBytes(): number {
    const { limits, answerMemory } = this.#group;
    return answerMemory.isHalfUsed
      ? Math.min(SHORT_PAUSE_BYTES, limits.pauseReadingAtBytes)
      : limits.pauseReadingAtBytes;
  }

  #pauseIfStuck(): void {
    this.#output.flush();
    if (this.#closed || (!this.account.isWaiting && this.#output.unsentBytes < this.#pauseAtBytes)) return;
    this.#paused = true;
    this.#stopListeningWhenFull();
  }

  #stopListeningWhenFull(): void {
    if (this.#reader.heldBytes >= LISTEN_BYTES) this.#connection.pauseReading();
  }

  #progressed(): void {
    this.#lastActiveMs = this.#group.coarseNowMs;
    if (this.#closed) return;
    this.account.count();
    this.#resumeIfServed();
  }

  /** Reads on where no request waits for memory and half of the answers has gone out. */
  #resumeIfServed(): void {
    if (!this.#paused || this.#closed || this.account.isWaiting) return;
    if (this.#output.unsentBytes > this.#pauseAtBytes / 2) return;
    this.#paused = false;
    this.#readFrames();
    if (!this.#paused && !this.#closed) this.#connection.resumeReading();
  }

  #accountHeldBytes(): void {
    const held = this.#closed ? 0 : this.#reader.heldBytes;
    if (held === this.#heldBytes) return;
    const total = this.#group.changeHeldBytes(held - this.#heldBytes);
    this.#heldBytes = held;
    if (held > 0 && total > this.#group.limits.maxPartialBytes) {
      this.close(`all connections together hold ${total} bytes of half-received frames`);
    }
  }

  #send(frame: OutgoingFrame, body: Body | undefined, onSent: (() => void) | undefined): number {
    const bodyBytes = body === undefined ? 0 : byteCount(body);
    const { frames, scratch, limits } = this.#group;
    const output = this.#output;
    scratch.reset();
    frame.bodyBytes = bodyBytes;
    frames.write(scratch, frame);
    const frameBytes = scratch.position + bodyBytes;
    checkFrameBytes(frameBytes, limits.maxFrameBytes);
    output.reserve(scratch.position).bytes(scratch.written());
    if (body !== undefined) {
      let lent: Piece | undefined;
      if (body instanceof Uint8Array) lent = output.append(body);
      else for (const piece of body) lent = output.append(piece) ?? lent;
      if (lent !== undefined) lent.onSent = onSent;
      else onSent?.();
    } else {
      onSent?.();
    }
    if (!this.#dirty) {
      this.#dirty = true;
      this.#group.flushAtEndOfTurn(this);
    }
    return frameBytes;
  }

  #refusal(): Error | undefined {
    const { limits } = this.#group;
    if (this.#closed) return this.#error('CONNECTION_CLOSED', `The connection to ${this.address} is closed.`);
    if (this.#pending.size >= limits.maxPendingRequests) {
      return this.#error(
        'TOO_MANY_REQUESTS',
        `${this.#pending.size} requests wait for answers of ${this.address} already.`,
      );
    }
    const unsent = this.#output.unsentBytes;
    if (unsent <= limits.maxUnsentBytes) return undefined;
    return this.#error(
      'TOO_MANY_REQUESTS',
      `${this.address} does not read what is sent to it: ${unsent} bytes are waiting.`,
    );
  }

  #unsendable(command: Command, error: unknown): Error {
    if (!(error instanceof CodedError)) return error as Error;
    return remotingError(
      'BAD_FRAME',
      `${command.name} to ${this.address} cannot be sent: ${asSentence(error.message)}`,
      this.address,
      error,
    );
  }

  #error(code: RemotingErrorCode, message: string): Error {
    return remotingError(code, message, this.address);
  }

  #lost(error: Error | undefined): void {
    this.#group.ended(this.#connection);
    if (this.#closed) return;
    if (!this.#newcomer.logRefusedTransport(error)) {
      this.#group.logger.debug('Connection closed by the peer', { peer: this.peer, error });
    }
    this.#tearDown(
      `The connection to ${this.address} was lost${error === undefined ? '.' : `: ${asSentence(error.message)}`}`,
      error,
    );
  }

  #tearDown(message: string, cause: Error | undefined): void {
    this.#closed = true;
    this.#reader.clear();
    this.#output.discard();
    this.account.close();
    this.#accountHeldBytes();
    this.#group.remove(this);
    for (const request of this.#pending.takeAll()) {
      request.reject(remotingError('CONNECTION_CLOSED', message, this.address, cause));
    }
    const listeners = this.#closeListeners;
    this.#closeListeners = [];
    for (const listener of listeners) this.#group.guard.run('what follows the end of a connection', listener);
  }
}

function byteCount(body: Body): number {
  if (body instanceof Uint8Array) return body.length;
  let count = 0;
  for (const piece of body) count += piece.length;
  return count;
}

function checkFrameBytes(count: number, max: number): void {
  if (count > max)
    throw new CodecError('FRAME_TOO_LONG', `a frame of ${count} bytes is above the limit of ${max} bytes`);
}
