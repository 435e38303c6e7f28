import type { Clock, Guard } from '@rocketmq-ts/kernel';
import type { IncomingRequest } from '../call.ts';

/** An error answer. */
export interface Refusal {
  readonly code: number;
  readonly remark: string;
}

/**
 * Sees the requests of a server around their handlers: to refuse them (stop, access control) or to watch them (metrics,
 * tracing of slow requests). It is called for each request, so it makes no promise and no timer.
 */
export interface Interceptor {
  /**
   * Called before the handler of a request, in the order of arrival. An answer refuses it: interceptors behind this one and
   * the handler do not see it. A throw refuses it with code 1, as a throw of its handler does. Requests without a handler are
   * refused before.
   */
  before?(request: IncomingRequest): Refusal | undefined;
  /**
   * Called once when a request has its answer, from a handler or refused by whom it may be: `code` of the answer, and the
   * time since the request was read, which for a held pull includes the wait. A one-way request ends as others do, only
   * that nothing is sent. A request whose connection is closed ends when its handler answers, if it still does.
   */
  after?(request: IncomingRequest, code: number, durationMs: number): void;
}

type Before = (request: IncomingRequest) => Refusal | undefined;
type After = (request: IncomingRequest, code: number, durationMs: number) => void;

/** The interceptors of one server or client, in the order in which they were added. */
export class InterceptorChain {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #guard: Guard;
  readonly #before: Before[] = [];
  readonly #after: After[] = [];

  constructor(clock: Pick<Clock, 'monotonicMs'>, guard: Guard) {
    this.#clock = clock;
    this.#guard = guard;
  }

  add(interceptor: Interceptor): void {
    if (interceptor.before !== undefined) this.#before.push(interceptor.before.bind(interceptor));
    if (interceptor.after !== undefined) this.#after.push(interceptor.after.bind(interceptor));
  }

  /** The first refusal; undefined where the handler is to be called. Throws what an interceptor throws. */
  refusalOf(request: IncomingRequest): Refusal | undefined {
    for (const before of this.#before) {
      const refusal = before(request);
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  }

  /** When a request was read, for `ended`; 0 where no interceptor looks at the end of requests. */
  receivedMs(): number {
    return this.#after.length === 0 ? 0 : this.#clock.monotonicMs();
  }

  /** A request has its answer. What an interceptor throws is logged: the answer is sent in any case. */
  ended(request: IncomingRequest, code: number, receivedMs: number): void {
    if (this.#after.length === 0) return;
    const durationMs = this.#clock.monotonicMs() - receivedMs;
    for (const after of this.#after) {
      this.#guard.run('an interceptor at the end of a request', () => after(request, code, durationMs));
    }
  }
}
