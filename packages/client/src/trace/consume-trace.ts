import type { Clock } from '@rocketmq-ts/kernel';
import { MessageProperty, type TraceReturnType } from '@rocketmq-ts/protocol';
import type { HeldMessage } from '../consumer/held-message.ts';
import type { TraceDispatcher } from './trace-dispatcher.ts';

/** A listener's call whose beginning is reported. */
export interface TracedCall {
  /** Reports its end. Messages up to index `ackIndex` count as handled. */
  ended(returnType: TraceReturnType, ackIndex: number): void;
}

/** Reports which messages a listener gets, and how it ends. Source: ConsumeMessageTraceHookImpl. */
export class ConsumeTrace {
  readonly #dispatcher: TraceDispatcher;
  readonly #clock: Clock;
  readonly #group: string;
  readonly #timeoutMs: number;
  readonly #nextId: () => string;

  constructor(
    dispatcher: TraceDispatcher,
    parts: { readonly clock: Clock; readonly group: string; readonly timeoutMs: number; nextId(): string },
  ) {
    this.#dispatcher = dispatcher;
    this.#clock = parts.clock;
    this.#group = parts.group;
    this.#timeoutMs = parts.timeoutMs;
    this.#nextId = parts.nextId;
  }

  /** The listener is about to get these messages. */
  begin(messages: readonly HeldMessage[]): TracedCall {
    const beganMs = this.#clock.monotonicMs();
    const requestId = this.#nextId();
    const timestamp = this.#clock.now();
    for (const { topic, view, reconsumeTimes, msgId } of messages) {
      const regionId = this.#regionOf(topic, view);
      if (regionId === undefined) continue;
      const keys = view.property(MessageProperty.KEYS);
      const record = {
        timestamp,
        regionId,
        groupName: this.#group,
        requestId,
        msgId,
        retryTimes: reconsumeTimes,
        keys,
      };
      this.#dispatcher.report(topic, regionId, { type: 'SubBefore', ...record });
    }
    return { ended: (returnType, ackIndex) => this.#ended(messages, { requestId, beganMs, returnType, ackIndex }) };
  }

  #ended(
    messages: readonly HeldMessage[],
    call: { requestId: string; beganMs: number; returnType: TraceReturnType; ackIndex: number },
  ): void {
    const tookMs = this.#clock.monotonicMs() - call.beganMs;
    const local = this.#dispatcher.settings.accessChannel === 'LOCAL';
    for (const [index, { topic, view, msgId }] of messages.entries()) {
      const regionId = this.#regionOf(topic, view);
      if (regionId === undefined) continue;
      const success = index <= call.ackIndex;
      const returnType = success && call.returnType === 'FAILED' ? 'SUCCESS' : call.returnType;
      this.#dispatcher.report(topic, regionId, {
        type: 'SubAfter',
        requestId: call.requestId,
        msgId,
        costTimeMs: Math.floor(tookMs / messages.length),
        success,
        keys: view.property(MessageProperty.KEYS),
        returnType: tookMs >= this.#timeoutMs ? 'TIME_OUT' : returnType,
        timestamp: local ? this.#clock.now() : undefined,
        groupName: local ? this.#group : undefined,
      });
    }
  }

  /** Undefined for a message that is not traced. */
  #regionOf(topic: string, view: HeldMessage['view']): string | undefined {
    if (!this.#dispatcher.traces(topic)) return undefined;
    if (view.property(MessageProperty.TRACE_SWITCH) === 'false') return undefined;
    return view.property(MessageProperty.MSG_REGION);
  }
}
