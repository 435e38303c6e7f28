import { type Admin, AdminError, type ConsumerConnection, ResponseCode, versionDescription } from '@rocketmq-ts/admin';
import type { BrokerFailure, GroupClient, SubscriptionRow } from '../api/index.ts';
import { type Answered, askEach } from '../targets/broker-calls.ts';
import type { BrokerTarget } from '../targets/broker-target.ts';

/** Members of a group, merged over brokers: a client is connected to some or to all of them. */
export interface Members {
  readonly clients: readonly GroupClient[];
  /** Undefined while no member is online. */
  readonly consumeType: string | undefined;
  readonly messageModel: string | undefined;
  readonly consumeFromWhere: string | undefined;
  readonly subscriptions: readonly SubscriptionRow[];
  readonly failures: readonly BrokerFailure[];
  /** What each broker answered, for questions to a broker that a member is connected to. */
  readonly answers: readonly Answered<ConsumerConnection | undefined>[];
}

/** Asks all these brokers for the members of a group. */
export async function membersOf(admin: Admin, brokers: readonly BrokerTarget[], group: string): Promise<Members> {
  const { answers, failures } = await askEach(brokers, (address) => connectionIn(admin, address, group));
  const clients = new Map<string, GroupClient>();
  const subscriptions = new Map<string, SubscriptionRow>();
  for (const { broker, value } of answers) {
    for (const { clientId, clientAddr, language, version } of value?.connectionSet ?? []) {
      const known = clients.get(clientId);
      const brokerNames = [...(known?.brokers ?? []), broker.brokerName];
      const seen = { clientId, address: clientAddr, language, version: versionDescription(version) };
      clients.set(clientId, { ...(known ?? seen), brokers: brokerNames });
    }
    for (const [topic, { subString, expressionType, subVersion }] of value?.subscriptionTable ?? []) {
      const known = subscriptions.get(topic);
      if (known !== undefined && known.subVersionMs >= subVersion) continue;
      subscriptions.set(topic, { topic, expression: subString, expressionType, subVersionMs: subVersion });
    }
  }
  const first = answers.find(({ value }) => value !== undefined)?.value;
  return {
    clients: [...clients.values()].sort((a, b) => (a.clientId < b.clientId ? -1 : 1)),
    consumeType: first?.consumeType,
    messageModel: first?.messageModel,
    consumeFromWhere: first?.consumeFromWhere,
    subscriptions: [...subscriptions.values()].sort((a, b) => (a.topic < b.topic ? -1 : 1)),
    failures,
    answers,
  };
}

/** Members of a group on one broker; undefined when none is online there. */
export async function connectionIn(
  admin: Admin,
  address: string,
  group: string,
): Promise<ConsumerConnection | undefined> {
  try {
    const connection = await admin.examineConsumerConnection(group, address);
    return connection.connectionSet.length === 0 ? undefined : connection;
  } catch (error) {
    if (error instanceof AdminError && error.responseCode === ResponseCode.CONSUMER_NOT_ONLINE) return undefined;
    throw error;
  }
}
