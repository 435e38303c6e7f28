import {
  type AllocateStrategy,
  averagely,
  BrokerError,
  ClientError,
  type ClientErrorCode,
  type Message,
  type MessageExt,
  type MessageListener,
  Producer,
  type ProducerOptions,
  PushConsumer,
  type PushConsumerOptions,
  type QueueSelector,
  type SendResult,
  selectByHash,
} from '@rocketmq-ts/client';

const producerOptions: ProducerOptions = { namesrvAddr: '127.0.0.1:9876', producerGroup: 'orders' };
const strategy: AllocateStrategy = averagely;
const consumerOptions: PushConsumerOptions = {
  namesrvAddr: '127.0.0.1:9876',
  consumerGroup: 'billing',
  consumeFrom: 'FIRST_OFFSET',
  allocateStrategy: strategy,
};
const message: Message = { topic: 'TopicTest', tags: 'TagA', keys: ['order-1'], body: 'Hello' };
const selector: QueueSelector = selectByHash('order-1');

export async function send(): Promise<string> {
  const producer: AsyncDisposable & Producer = new Producer(producerOptions);
  await producer.start();
  try {
    const result: SendResult = await producer.send(message, { select: selector, timeoutMs: 1000 });
    await producer.send([message, { topic: 'TopicTest', body: new Uint8Array([1, 2, 3]) }]);
    await producer.sendOneway(message);
    return result.msgId;
  } catch (error) {
    if (error instanceof ClientError) {
      const code: ClientErrorCode = error.code;
      return code;
    }
    if (error instanceof BrokerError) return error.message;
    throw error;
  } finally {
    await producer.stop();
  }
}

export async function receive(): Promise<void> {
  const consumer = new PushConsumer(consumerOptions);
  consumer.subscribe('TopicTest', 'TagA || TagB');
  const listener: MessageListener = async (received: MessageExt) => {
    const text: string = received.body.toString('utf8');
    console.log(received.msgId, text, received.properties.get('KEYS'));
    return text === '' ? 'RECONSUME_LATER' : 'CONSUME_SUCCESS';
  };
  await consumer.start(listener);
  await consumer.stop();
}

// What is wrong is refused: these are types, not `any`.
// @ts-expect-error a group is needed
new Producer({ namesrvAddr: '127.0.0.1:9876' });
// @ts-expect-error a topic is text
const noTopic: Message = { topic: 1, body: '' };
// @ts-expect-error no such member
console.log(noTopic.nothing);
// @ts-expect-error a body is a Buffer
export const bodyOf = (received: MessageExt): string => received.body;
