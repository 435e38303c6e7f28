import type { Clock } from '@rocketmq-ts/kernel';
import {
  DEFAULT_TRACE_REGION_ID,
  MessageProperty,
  type MessageQueue,
  readProperty,
  type TraceMessageType,
  type TraceTransactionState,
} from '@rocketmq-ts/protocol';
import type { SendHook, SendRequest } from '../producer/send-request.ts';
import type { SendResult } from '../producer/send-result.ts';
import type { TraceDispatcher } from './trace-dispatcher.ts';

/** What the outcome of a transaction is reported with. */
export interface EndedTransaction {
  readonly topic: string;
  readonly msgId: string;
  readonly tags: string | undefined;
  /** Separated by blanks. */
  readonly keys: string | undefined;
  readonly transactionId: string | undefined;
  readonly state: TraceTransactionState;
  readonly fromTransactionCheck: boolean;
  /** `host:port` of the broker. */
  readonly address: string;
  /** Undefined: `DefaultRegion`. */
  readonly regionId: string | undefined;
}

const delays = [
  MessageProperty.DELAY_TIME_LEVEL,
  MessageProperty.TIMER_DELAY_SEC,
  MessageProperty.TIMER_DELAY_MS,
  MessageProperty.TIMER_DELIVER_MS,
  MessageProperty.START_DELIVER_TIME,
];

/** Reports what a producer sends. Source: SendMessageTraceHookImpl, EndTransactionTraceHookImpl. */
export class SendTrace implements SendHook {
  readonly #dispatcher: TraceDispatcher;
  readonly #clock: Clock;
  readonly #group: string;

  constructor(dispatcher: TraceDispatcher, clock: Clock, group: string) {
    this.#dispatcher = dispatcher;
    this.#clock = clock;
    this.#group = group;
  }

  /** A broker answered an attempt that began at `beganMs` (monotonic). Each message of a batch gets a report, which its id finds. */
  answered(request: SendRequest, queue: MessageQueue, address: string, result: SendResult, beganMs: number): void {
    if (!result.traceOn || !this.#dispatcher.traces(request.topic)) return;
    const costTimeMs = Math.round(this.#clock.monotonicMs() - beganMs);
    const { properties } = request;
    const tags = readProperty(properties, MessageProperty.TAGS);
    const keys = readProperty(properties, MessageProperty.KEYS);
    const messageType = messageTypeOf(properties);
    const offsetIds = result.offsetMsgId?.split(',');
    const msgIds = request.msgId.split(',');
    for (const [index, msgId] of msgIds.entries()) {
      this.#dispatcher.report(queue.topic, result.regionId, {
        type: 'Pub',
        timestamp: this.#clock.now() - costTimeMs,
        regionId: result.regionId,
        groupName: this.#group,
        topic: request.topic,
        msgId,
        tags,
        keys,
        storeHost: address,
        bodyLength: Math.round(request.body.length / msgIds.length),
        costTimeMs,
        messageType,
        offsetMsgId: offsetIds?.[index],
        success: result.sendStatus === 'SEND_OK',
      });
    }
  }

  /** The outcome of a transaction is about to be sent. */
  ended({ address, regionId = DEFAULT_TRACE_REGION_ID, ...ended }: EndedTransaction): void {
    if (!this.#dispatcher.traces(ended.topic)) return;
    this.#dispatcher.report(ended.topic, regionId, {
      type: 'EndTransaction',
      timestamp: this.#clock.now(),
      regionId,
      groupName: this.#group,
      storeHost: address,
      messageType: 'Trans_msg_Commit',
      ...ended,
    });
  }
}

/** Apache's client takes timer messages for plain ones. Source: DefaultMQProducerImpl#sendKernelImpl. */
function messageTypeOf(properties: string): TraceMessageType {
  if (delays.some((name) => readProperty(properties, name) !== undefined)) return 'Delay_Msg';
  return readProperty(properties, MessageProperty.TRANSACTION_PREPARED) === 'true' ? 'Trans_Msg_Half' : 'Normal_Msg';
}
