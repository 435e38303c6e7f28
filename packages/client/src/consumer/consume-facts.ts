import { type MessageQueue, withoutNamespace } from '@rocketmq-ts/protocol';
import type { ConsumeFacts, SettleFacts } from '../instrumentation/instrumentation.ts';
import type { MessageExt } from '../message/message-ext.ts';
import { seenQueue } from '../message-queue.ts';
import type { GroupSettings } from './consumer-options.ts';
import type { GroupContext } from './group-context.ts';
import type { HeldMessage } from './held-message.ts';

type Context = Pick<GroupContext<GroupSettings>, 'group' | 'instance' | 'settings'>;

/** What an instrumentation learns of messages that are handed over. */
export function consumeFacts(
  context: Context,
  queue: MessageQueue,
  messages: readonly MessageExt<unknown>[],
  held: readonly HeldMessage[],
): ConsumeFacts {
  const { arrivedMs } = held[0]!;
  return { ...placeOf(context, queue), messages, arrivedMs, model: context.settings.model };
}

/** What an instrumentation learns of a message that is given back. */
export function settleFacts(context: Context, message: HeldMessage, delayLevel: number): SettleFacts {
  const { topic, brokerName, view, msgId } = message;
  const queue = { topic, brokerName, queueId: view.queueId };
  return {
    ...placeOf(context, queue),
    message: {
      topic: withoutNamespace(topic, context.settings.namespace),
      msgId,
      property: (name) => view.property(name),
    },
    delayLevel,
  };
}

function placeOf({ group, instance, settings }: Context, queue: MessageQueue) {
  const { namespace } = settings;
  return {
    messageQueue: seenQueue(queue, namespace),
    consumerGroup: withoutNamespace(group, namespace),
    clientId: instance.clientId,
    namespace,
  };
}
