import { javaHashCode } from '@rocketmq-ts/kernel';
import type { ConsumerData, MessageModel, SubscriptionData } from '@rocketmq-ts/protocol';

/** A subscription as a push consumer registers it. */
export function subscription(topic: string, expression = '*', subVersion = 1): SubscriptionData {
  const tags = expression === '*' ? [] : expression.split('||');
  return {
    topic,
    subString: expression,
    tagsSet: tags,
    codeSet: tags.map(javaHashCode),
    subVersion,
    expressionType: 'TAG',
    classFilterMode: false,
  };
}

export function consumer(
  groupName: string,
  subscriptionDataSet: readonly SubscriptionData[],
  messageModel: MessageModel = 'CLUSTERING',
): ConsumerData {
  return {
    groupName,
    consumeType: 'CONSUME_PASSIVELY',
    messageModel,
    consumeFromWhere: 'CONSUME_FROM_LAST_OFFSET',
    subscriptionDataSet,
    unitMode: false,
  };
}
