import {
  isRetryTopic,
  MessageProperty,
  type MessageQueue,
  type MessageView,
  withoutNamespace,
} from '@rocketmq-ts/protocol';
import { MessageExt, type PulledRange } from '../message/message-ext.ts';
import type { GroupSettings } from './consumer-options.ts';

/**
 * One message in the window of a queue, with all that this client needs of it until it is finished. User code never gets
 * this object: each delivery makes a `MessageExt` of its own, which a listener may change, freeze or keep.
 */
export class HeldMessage {
  readonly view: MessageView;
  readonly queueOffset: number;
  readonly bodyBytes: number;
  /** How often it was delivered before, tries at this client included. */
  reconsumeTimes: number;
  /** On the monotonic clock: when the listener got it last; undefined before. */
  deliveredMs: number | undefined;
  /** By the wall clock; 0 where no instrumentation asks for it. */
  readonly arrivedMs: number;
  /** Where it was pulled from. */
  readonly queue: MessageQueue;
  readonly #range: PulledRange | undefined;

  constructor(view: MessageView, queue: MessageQueue, range: PulledRange | undefined, arrivedMs = 0) {
    this.view = view;
    this.queueOffset = view.queueOffset + (range?.offsetDelta ?? 0);
    this.bodyBytes = view.body.length;
    this.reconsumeTimes = view.reconsumeTimes;
    this.deliveredMs = undefined;
    this.arrivedMs = arrivedMs;
    this.queue = queue;
    this.#range = range;
  }

  /** The sender's unique key, or the offset id of a message without one. */
  get msgId(): string {
    return this.view.msgId;
  }

  get brokerName(): string {
    return this.queue.brokerName;
  }

  /**
   * The topic it was sent to, also when it comes from a retry topic. Source: DefaultMQPushConsumerImpl#resetRetryAndNamespace.
   */
  get topic(): string {
    const { view } = this;
    return isRetryTopic(view.topic) ? (view.property(MessageProperty.RETRY_TOPIC) ?? view.topic) : view.topic;
  }

  /** A new object for the listener, as the users of the namespace know it; both clocks are read by the caller. */
  deliver(
    nowMs: number,
    monotonicMs: number,
    { namespace, serializer }: Pick<GroupSettings, 'namespace' | 'serializer'>,
  ): MessageExt<unknown> {
    this.deliveredMs = monotonicMs;
    return new MessageExt<unknown>(this.view, this.queue, {
      topic: withoutNamespace(this.topic, namespace),
      reconsumeTimes: this.reconsumeTimes,
      consumeStartMs: nowMs,
      range: this.#range,
      serializer,
    });
  }
}
