import { CodedError } from '@rocketmq-ts/kernel';
import {
  type Command,
  FLAG_ONEWAY,
  type HeaderValues,
  type OutgoingFrame,
  type RemotingFrame,
  requestCodec,
} from '@rocketmq-ts/protocol';
import type { Body, NotifyOptions, Response } from '../call.ts';
import type { ChannelContext } from '../channel-context.ts';
import { asSentence, type RemotingError, type RemotingErrorCode, remotingError } from '../errors.ts';
import { PendingRequests } from './pending-requests.ts';

/** How a request is waited for. */
interface Deadline {
  /** From now on. */
  readonly leftMs: number;
  /** As the caller gave it, for the message. */
  readonly timeoutMs: number;
  readonly closesOnTimeout: boolean;
}

/** What requests use of their channel. */
export interface RequestChannel {
  readonly closed: boolean;
  /** For messages: where the requests go. */
  readonly address: string;
  readonly unsentBytes: number;
  /** Lays out a frame. Throws `CodecError` for one above the limit. */
  send(frame: OutgoingFrame, body: Body | undefined): void;
  /** Runs `task` when everything that was laid out so far is sent, or dropped with the connection. */
  whenSent(task: () => void): void;
}

/** The requests that this side sends on a channel, and those of them that wait for their responses. */
export class Requester {
  readonly #context: ChannelContext;
  readonly #channel: RequestChannel;
  readonly #pending = new PendingRequests();

  constructor(context: ChannelContext, channel: RequestChannel) {
    this.#context = context;
    this.#channel = channel;
  }

  /** Requests that wait for their responses. */
  get pendingCount(): number {
    return this.#pending.size;
  }

  /** Sends a request and waits for its response. `header` undefined: all fields are in `options.extFields`. */
  exchange<C extends Command>(
    command: C,
    header: HeaderValues | undefined,
    options: NotifyOptions,
    deadline: Deadline,
  ): Promise<Response<C>> {
    return new Promise((resolve, reject) => {
      const opaque = this.#send(command, 0, header, options);
      this.#pending.add(opaque, {
        command,
        deadlineMs: this.#context.clock.monotonicMs() + deadline.leftMs,
        timeoutMs: deadline.timeoutMs,
        closesOnTimeout: deadline.closesOnTimeout,
        resolve: resolve as (response: Response) => void,
        reject,
      });
    });
  }

  /** Sends a one-way request. Throws a `RemotingError` where that is not possible. */
  notify(command: Command, header: HeaderValues | undefined, options: NotifyOptions): void {
    this.#send(command, FLAG_ONEWAY, header, options);
    if (options.onSent !== undefined) this.#channel.whenSent(options.onSent);
  }

  /** Hands a response to the request that waits for it; false when none does. */
  settle(response: RemotingFrame): boolean {
    return this.#pending.settle(response);
  }

  /** Fails requests whose time is over. Returns why the connection is to be given up, if one of them asks for that. */
  failExpired(nowMs: number): string | undefined {
    let closeFor: string | undefined;
    for (const request of this.#pending.takeExpired(nowMs)) {
      const { address } = this.#channel;
      const message = `${address} did not answer ${request.command.name} within ${Math.round(request.timeoutMs)} ms.`;
      request.reject(this.#error('REQUEST_TIMEOUT', message));
      if (request.closesOnTimeout) closeFor = message;
    }
    return closeFor;
  }

  /** Fails all requests: their connection is closed. */
  failAll(message: string, cause: Error | undefined): void {
    for (const request of this.#pending.takeAll()) request.reject(this.#error('CONNECTION_CLOSED', message, cause));
  }

  /** Returns the opaque of the request. */
  #send(command: Command, flag: number, header: HeaderValues | undefined, options: NotifyOptions): number {
    const refusal = this.#refusal();
    if (refusal !== undefined) throw refusal;
    const opaque = this.#pending.nextOpaque();
    const frame = this.#context.frames.begin(command.code, flag, opaque);
    frame.remark = options.remark;
    frame.codec = requestCodec(command);
    frame.header = header;
    frame.extFields = options.extFields;
    try {
      this.#channel.send(frame, options.body);
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      const message = `${command.name} to ${this.#channel.address} cannot be sent: ${asSentence(error.message)}`;
      throw this.#error('BAD_FRAME', message, error);
    }
    return opaque;
  }

  /** Why no request may be sent now. */
  #refusal(): RemotingError | undefined {
    const { maxPendingRequests, maxUnsentBytes } = this.#context.limits;
    const { address, closed, unsentBytes } = this.#channel;
    if (closed) return this.#error('CONNECTION_CLOSED', `The connection to ${address} is closed.`);
    const { size } = this.#pending;
    if (size >= maxPendingRequests) {
      return this.#error('TOO_MANY_REQUESTS', `${size} requests wait for answers of ${address} already.`);
    }
    if (unsentBytes <= maxUnsentBytes) return undefined;
    const message = `${address} does not read what is sent to it: ${unsentBytes} bytes are waiting.`;
    return this.#error('TOO_MANY_REQUESTS', message);
  }

  #error(code: RemotingErrorCode, message: string, cause?: unknown): RemotingError {
    return remotingError(code, message, this.#channel.address, cause);
  }
}
