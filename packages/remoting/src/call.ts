import type { Endpoint } from '@rocketmq-ts/kernel';
import type { Command, RequestHeader, RequestInput, ResponseHeader, ResponseInput } from '@rocketmq-ts/protocol';

/** One body, or several pieces that are sent one after the other without being joined. */
export type Body = Uint8Array | readonly Uint8Array[];

/** A received request as interceptors see it. It may be kept: its bytes are not reused. */
export interface IncomingRequest {
  /** Code on the wire. */
  readonly code: number;
  /** All header fields as texts, also those that the command does not declare. */
  readonly extFields: Readonly<Record<string, string>>;
  /** Empty when there is none. */
  readonly body: Buffer;
  readonly opaque: number;
  /** No answer is sent. */
  readonly oneway: boolean;
  /** Protocol version number of the peer, e.g. 493 for 5.4.0. */
  readonly version: number;
  readonly language: string;
  /** Undefined when the request carried no remark. */
  readonly remark: string | undefined;
  readonly connection: RemotingConnection;
  /** It was held until there was something to answer, or its time was over. */
  readonly suspended: boolean;
}

/**
 * A request as its handler sees it. Exactly one of `answer` and `fail` is called, now or later; for a one-way request both send
 * nothing.
 */
export interface Call<C extends Command = Command> extends IncomingRequest {
  readonly command: C;
  readonly header: RequestHeader<C>;
  /** Set by a handler that holds the request. */
  suspended: boolean;
  /** True when an answer would not be sent: the request is one-way, or its connection is closed. */
  readonly abandoned: boolean;
  /**
   * Reserves memory for an answer that is made later than in this call, before the work for it begins. False when there is
   * none now: `whenReserved` waits for it. `answer` and `fail` release it, as the laid-out answer is counted by itself.
   */
  reserve(bytes: number): boolean;
  /** Runs `go` as soon as the bytes are reserved; never when the connection closes before. */
  whenReserved(bytes: number, go: () => void): void;
  /** Releases all that was reserved, while no work for the answer is under way. */
  release(): void;
  /** Success, or another code that carries the response header. The body's bytes must stay unchanged until they are sent. */
  answer(header: ResponseInput<C>, options?: AnswerOptions): void;
  /**
   * Ends the request as a throw of its handler does: logged, and answered with the error. For work that continues after
   * the handler has returned.
   */
  crash(error: unknown): void;
  /** An error answer: code and a remark that names what is wrong. */
  fail(code: number, remark: string, header?: Partial<ResponseInput<C>>): void;
}

/** What an answer has beside its header. */
export interface AnswerOptions {
  readonly body?: Body | undefined;
  /**
   * Runs once when the body's bytes are no longer needed: copied, sent, or given up with the connection. Without it the
   * body must stay unchanged for ever.
   */
  readonly onSent?: (() => void) | undefined;
  /** Default 0, SUCCESS. */
  readonly code?: number;
  readonly remark?: string | undefined;
  /** Fields beside the declared ones. */
  readonly extFields?: Readonly<Record<string, string>> | undefined;
}

/**
 * Called for each request in the order of arrival on a connection. A rejected promise or a throw becomes an error answer with
 * code 1.
 */
export type Handler<C extends Command> = (call: Call<C>) => void | Promise<void>;

/** A handler before another one, which it may call with this call or with one that it made of it. */
export type WrappingHandler<C extends Command> = (call: Call<C>, next: Handler<C>) => void | Promise<void>;

/** The response to a request, whatever its code. */
export interface Response<C extends Command = Command> {
  readonly code: number;
  readonly remark: string | undefined;
  /** Fields that are missing read as undefined, also required ones: look at `code` first. */
  readonly header: ResponseHeader<C>;
  readonly extFields: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly version: number;
  readonly language: string;
}

/** One side of a connection; both sides may send requests. */
export interface RemotingConnection {
  /** Unique in this process. */
  readonly id: number;
  /** The real peer of the socket. */
  readonly remote: Endpoint;
  /** Peer for logs and lists: the one a PROXY preface named, else `remote`. As `host:port`. */
  readonly peer: string;
  readonly local: Endpoint;
  readonly closed: boolean;
  /**
   * Why it was closed, for those who count: it was silent for too long, or the peer or its bytes failed. Undefined for other
   * ends, and before.
   */
  readonly endedBy: 'silence' | 'failure' | undefined;
  /** Waits for the response; any response code resolves. Rejects with a RemotingError. */
  request<C extends Command>(command: C, header: RequestInput<C>, options: RequestOptions): Promise<Response<C>>;
  /** One-way. Nothing confirms delivery; dropped with a log line when the connection is closed or its queue is full. */
  notify<C extends Command>(command: C, header: RequestInput<C>, options?: NotifyOptions): void;
  /** Runs when the connection is closed; at once when it is already. */
  onClose(listener: () => void): void;
  close(reason: string): void;
}

/** What a request has beside its header. */
export interface NotifyOptions {
  readonly body?: Body | undefined;
  readonly extFields?: Readonly<Record<string, string>> | undefined;
  /** Remark of the request (END_TRANSACTION carries a text there). */
  readonly remark?: string | undefined;
  /** Runs once when the bytes of a one-way request have left, or are given up with the connection; never after a rejection. */
  readonly onSent?: (() => void) | undefined;
}

/** The same for a request that waits for its response. */
export interface RequestOptions extends NotifyOptions {
  /** Counted from the call. */
  readonly timeoutMs: number;
}

/** Runs before a request leaves and may add header fields (signing, namespace). */
export type RequestHook = (
  address: string,
  code: number,
  extFields: Record<string, string>,
  body: Body | undefined,
) => void;
