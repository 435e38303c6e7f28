import {
  decodeRecallHandle,
  isDeadLetterTopic,
  isRetryTopic,
  RECALL_MESSAGE,
  ResponseCode,
} from '@rocketmq-ts/protocol';
import { BrokerError, ClientError } from '../errors.ts';
import type { ClientInstance } from '../instance/client-instance.ts';
import { requireTopic } from '../message/outgoing.ts';

/** What a recall is made of. */
interface Recall {
  readonly topic: string;
  readonly handle: string;
  readonly producerGroup: string;
  readonly timeoutMs: number;
}

/** Resolves to the unique key of the recalled message; rejections at `Producer.recall`. Source: DefaultMQProducerImpl#recallMessage. */
export async function recallMessage(instance: ClientInstance, recall: Recall): Promise<string> {
  const { topic, handle, producerGroup, timeoutMs } = recall;
  requireTopic(topic);
  if (isRetryTopic(topic) || isDeadLetterTopic(topic)) {
    throw new ClientError('NAME_ILLEGAL', `Messages to ${topic} cannot be recalled: brokers write it.`, {
      facts: { topic },
    });
  }
  const brokerName = decodeRecallHandle(handle)?.brokerName;
  if (brokerName === undefined) {
    const what = typeof handle === 'string' ? JSON.stringify(handle.slice(0, 200)) : `A value of type ${typeof handle}`;
    throw new ClientError('RECALL_HANDLE_ILLEGAL', `${what} is not a recall handle.`, { facts: { topic } });
  }
  const address = await addressOf(instance, topic, brokerName);
  const header = { producerGroup, topic, recallHandle: handle, targetBrokerName: brokerName };
  const response = await instance.remoting.request(address, RECALL_MESSAGE, header, { timeoutMs });
  if (response.code !== ResponseCode.SUCCESS) {
    throw new BrokerError(`RECALL_MESSAGE of a message to topic ${topic}`, address, response, { topic, brokerName });
  }
  return response.header.msgId;
}

/** The master of the broker, or any broker of the topic: a proxy passes the request on. */
async function addressOf(instance: ClientInstance, topic: string, brokerName: string): Promise<string> {
  const { routes } = instance;
  let address = routes.masterAddress(brokerName);
  if (address !== undefined) return address;
  await routes.refresh(topic);
  address = routes.masterAddress(brokerName) ?? routes.anyAddress(topic);
  if (address !== undefined) return address;
  const text = `No address of broker ${brokerName} is known, which keeps the message to topic ${topic}.`;
  throw new ClientError('BROKER_UNKNOWN', text, { facts: { topic, brokerName } });
}
