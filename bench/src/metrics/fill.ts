import { nodePlatform, silentLogger } from '@rocketmq-ts/kernel';
import {
  encodeHeartbeatData,
  HEART_BEAT,
  PULL_MESSAGE,
  ResponseCode,
  SEND_MESSAGE_V2,
  UPDATE_CONSUMER_OFFSET,
} from '@rocketmq-ts/protocol';
import { createRemotingClient, type RemotingClient } from '@rocketmq-ts/remoting';
import { PULL_FIELDS, SEND_FIELDS } from '@rocketmq-ts/testkit';

const AT_ONCE = 64;
const TIMEOUT_MS = 30_000;

/** Name of a topic as the generator makes them. */
const nameOf = (prefix: string, at: number): string => `${prefix}${String(at).padStart(5, '0')}`;

/** Clients that stay connected. */
export interface FilledTopics {
  stop(): void | Promise<void>;
}

/**
 * Every topic has a message, and a group of its own with a member, which has got it and committed: so that a broker has something to
 * show for each.
 */
export async function fillTopics(broker: string, prefix: string, count: number): Promise<FilledTopics> {
  const client = createRemotingClient({ platform: nodePlatform, logger: silentLogger });
  await client.start();
  try {
    await beat(client, broker, prefix, count);
    let next = 0;
    const work = async (): Promise<void> => {
      while (next < count) await fill(client, broker, nameOf(prefix, next++));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  } catch (error) {
    await client.stop();
    throw error;
  }
  return client;
}

async function beat(client: RemotingClient, broker: string, prefix: string, count: number): Promise<void> {
  const consumers = Array.from({ length: count }, (_, at) => {
    const topic = nameOf(prefix, at);
    const subscription = {
      ...{ topic, subString: '*', tagsSet: [], codeSet: [], subVersion: 1 },
      ...{ expressionType: 'TAG', classFilterMode: false },
    };
    return {
      ...({ groupName: `group_${topic}`, consumeType: 'CONSUME_PASSIVELY', messageModel: 'CLUSTERING' } as const),
      ...({
        consumeFromWhere: 'CONSUME_FROM_LAST_OFFSET',
        subscriptionDataSet: [subscription],
        unitMode: false,
      } as const),
    };
  });
  const data = { clientID: 'bench', producerGroups: [], consumers, heartbeatFingerprint: 0, withoutSub: false };
  const { code, remark } = await client.request(
    broker,
    HEART_BEAT,
    {},
    {
      body: encodeHeartbeatData(data),
      timeoutMs: TIMEOUT_MS,
    },
  );
  if (code !== ResponseCode.SUCCESS) throw new Error(`the heartbeat was refused: ${code} ${remark}`);
}

async function fill(client: RemotingClient, broker: string, topic: string): Promise<void> {
  const consumerGroup = `group_${topic}`;
  const options = { timeoutMs: TIMEOUT_MS };
  const sent = await client.request(
    broker,
    SEND_MESSAGE_V2,
    { ...SEND_FIELDS, topic },
    { ...options, body: Buffer.from('x') },
  );
  const pulled = await client.request(broker, PULL_MESSAGE, { ...PULL_FIELDS, topic, consumerGroup }, options);
  const offset = { consumerGroup, topic, queueId: 0, commitOffset: 1 };
  const committed = await client.request(broker, UPDATE_CONSUMER_OFFSET, offset, options);
  for (const { code, remark } of [sent, pulled, committed])
    if (code !== ResponseCode.SUCCESS) throw new Error(`a request for ${topic} was refused: ${code} ${remark}`);
}
