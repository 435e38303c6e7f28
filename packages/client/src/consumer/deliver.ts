import type { MessageQueue } from '@rocketmq-ts/protocol';
import type { MessageExt } from '../message/message-ext.ts';
import type { GroupSettings } from './consumer-options.ts';
import type { GroupContext } from './group-context.ts';
import type { HeldMessage } from './held-message.ts';

/** What a listener gets for these messages: objects and a list that are its own. */
export function deliver(
  held: readonly HeldMessage[],
  { clock, settings }: Pick<GroupContext<GroupSettings>, 'clock' | 'settings'>,
): MessageExt<unknown>[] {
  const nowMs = clock.now();
  const monotonicMs = clock.monotonicMs();
  return held.map((one) => one.deliver(nowMs, monotonicMs, settings));
}

/** Fields of the log line about messages whose listener threw; it may throw any value. */
export function listenerFailure(
  group: string,
  queue: MessageQueue,
  held: readonly HeldMessage[],
  thrown: unknown,
): Readonly<Record<string, unknown>> {
  const first = held[0]!;
  return {
    group,
    ...queue,
    topic: first.topic,
    queueOffset: first.queueOffset,
    msgId: held.map((one) => one.msgId).join(','),
    reconsumeTimes: first.reconsumeTimes,
    error: thrown,
  };
}

/** A field that user code may have set to any value; `fallback` when it is no whole number. */
export function wholeNumber(value: unknown, fallback: number): number {
  return Number.isInteger(value) ? (value as number) : fallback;
}
