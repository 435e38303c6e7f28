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
   * Called once when a request is answered, by its handler or because it was refused, with the code of the answer and the
   * time since the request was read; for a held pull that includes the wait. For a one-way request nothing is sent, and the
   * code is the one that its handler answered. When the connection is closed before, it is called if the handler still answers.
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

  /** The first refusal; undefined when no interceptor refuses. Throws what an interceptor throws. */
  refusalOf(request: IncomingRequest): Refusal | undefined {
    for (const before of this.#before) {
      const refusal = before(request);
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  }

  /** The present time for `ended`; 0, without reading the clock, where no interceptor watches the end of requests. */
  receivedMs(): number {
    return this.#after.length === 0 ? 0 : this.#clock.monotonicMs();
  }

  /** A request is answered. What an interceptor throws is logged; the answer is sent in any case. */
  ended(request: IncomingRequest, code: number, receivedMs: number): void {
    if (this.#after.length === 0) return;
    const durationMs = this.#clock.monotonicMs() - receivedMs;
    for (const after of this.#after) {
      try {
        after(request, code, durationMs);
      } catch (error) {
        this.#guard.report('an interceptor at the end of a request', error);
      }
    }
  }
}
