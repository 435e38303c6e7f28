import type { QueueView } from '@rocketmq-ts/store';
import type { HeldRequest } from '../hold/held-requests.ts';

/** A pull for old messages of a group that has read its share waits so long. Source: ColdDataPullRequestHoldService. */
export const COLD_HOLD_MS = 3000;

/** Such a pull, of a consumer that chooses its own pace: new messages do not wake it, and it is served once its time is over. */
export class ColdHold implements HeldRequest {
  readonly waitsFor: readonly [QueueView];
  readonly deadlineMs: number;
  readonly #call: { readonly abandoned: boolean };
  readonly #serve: () => void;

  constructor(queue: QueueView, nowMs: number, call: { readonly abandoned: boolean }, serve: () => void) {
    this.waitsFor = [queue];
    this.deadlineMs = nowMs + COLD_HOLD_MS;
    this.#call = call;
    this.#serve = serve;
  }

  get abandoned(): boolean {
    return this.#call.abandoned;
  }

  wants(): boolean {
    return false;
  }

  wake(): void {
    this.#serve();
  }

  expire(): void {
    this.#serve();
  }
}
