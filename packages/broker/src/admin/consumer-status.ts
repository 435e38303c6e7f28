import { asError } from '@rocketmq-ts/kernel';
import {
  decodeGetConsumerStatusBody,
  encodeGetConsumerStatusBody,
  GET_CONSUMER_STATUS_FROM_CLIENT,
  INVOKE_BROKER_TO_GET_CONSUMER_STATUS,
  MQVersion,
  type QueueTable,
  ResponseCode,
  versionDescription,
} from '@rocketmq-ts/protocol';
import type { Call, RemotingServer } from '@rocketmq-ts/remoting';
import type { GroupMember } from '../group/client-table.ts';
import type { AdminParts } from './parts.ts';

type Parts = Pick<AdminParts, 'clients' | 'logger'>;

type StatusCall = Call<typeof INVOKE_BROKER_TO_GET_CONSUMER_STATUS>;

const TIMEOUT_MS = 5_000;
const FIRST_VERSION = MQVersion.V3_0_7_SNAPSHOT;

/** What members of a group hold as their progress, asked of the clients themselves. Source: Broker2Client#getConsumeStatus. */
export function serveConsumerStatus(server: RemotingServer, parts: Parts): void {
  server.handle(INVOKE_BROKER_TO_GET_CONSUMER_STATUS, (call) => answerStatus(parts, call));
}

async function answerStatus(parts: Parts, call: StatusCall): Promise<void> {
  const { topic, group, clientAddr = '' } = call.header;
  const all = [...(parts.clients.consumerGroup(group)?.members.values() ?? [])];
  if (all.length === 0)
    return call.fail(ResponseCode.SYSTEM_ERROR, `No Any Consumer online in the consumer group: [${group}]`);
  // It is a client id, in spite of its name. An unknown one gives an empty table, as with Apache's broker.
  const members = clientAddr.trim() === '' ? all : all.filter(({ clientId }) => clientId === clientAddr);
  const old = members.find(({ version }) => version < FIRST_VERSION);
  if (old !== undefined) {
    const version = versionDescription(old.version);
    return call.fail(ResponseCode.SYSTEM_ERROR, `the client does not support this feature. version=${version}`);
  }
  const consumerTable = new Map<string, QueueTable<number>>();
  const tables = await Promise.all(members.map((member) => statusOf(parts, member, topic, group)));
  for (const [at, table] of tables.entries()) if (table !== undefined) consumerTable.set(members[at]!.clientId, table);
  call.answer({}, { body: encodeGetConsumerStatusBody({ messageQueueTable: [], consumerTable }) });
}

/** Undefined for a client that does not answer: the others are shown without it. */
async function statusOf(
  { logger }: Parts,
  { clientId, connection }: GroupMember,
  topic: string,
  group: string,
): Promise<QueueTable<number> | undefined> {
  try {
    const answer = await connection.request(
      GET_CONSUMER_STATUS_FROM_CLIENT,
      { topic, group },
      { timeoutMs: TIMEOUT_MS },
    );
    if (answer.code !== ResponseCode.SUCCESS) throw new Error(answer.remark ?? `it answered with code ${answer.code}`);
    return answer.body.length === 0 ? undefined : decodeGetConsumerStatusBody(answer.body).messageQueueTable;
  } catch (error) {
    logger.warn('a client does not report its progress', { group, topic, clientId, reason: asError(error).message });
    return undefined;
  }
}
