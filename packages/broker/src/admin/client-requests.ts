import {
  type ClientConnection,
  CONSUME_MESSAGE_DIRECTLY,
  type Command,
  encodeConsumerConnection,
  encodeProducerConnection,
  encodeProducerTableInfo,
  GET_ALL_PRODUCER_INFO,
  GET_CONSUMER_CONNECTION_LIST,
  GET_CONSUMER_RUNNING_INFO,
  GET_PRODUCER_CONNECTION_LIST,
  type Language,
  MQVersion,
  type ProducerInfo,
  ProtocolError,
  parseOffsetMessageId,
  ResponseCode,
  VIEW_MESSAGE_BY_ID,
} from '@rocketmq-ts/protocol';
import { type Call, type RemotingConnection, RemotingError, type RemotingServer } from '@rocketmq-ts/remoting';
import type { GroupMember } from '../group/client-table.ts';
import type { AdminParts } from './parts.ts';

type Parts = Pick<AdminParts, 'clock' | 'identity' | 'clients' | 'store' | 'topics' | 'groups'>;

const RELAY_TIMEOUT_MS = 10_000;
/** Older clients do not know the requests that are relayed. Source: AdminBrokerProcessor#callConsumer. */
const FIRST_RELAY_VERSION = MQVersion.V3_1_8_SNAPSHOT;

/** Who is connected, and questions that are passed on to one of them. */
export function serveClientRequests(server: RemotingServer, parts: Parts): void {
  const { clients } = parts;
  server.handle(GET_CONSUMER_CONNECTION_LIST, (call) => {
    const group = clients.consumerGroup(call.header.consumerGroup);
    if (group === undefined) {
      return call.fail(ResponseCode.CONSUMER_NOT_ONLINE, `the consumer group[${call.header.consumerGroup}] not online`);
    }
    call.answer(
      {},
      {
        body: encodeConsumerConnection({
          connectionSet: [...group.members.values()].map(connectionOf),
          subscriptionTable: group.subscriptions,
          consumeType: group.consumeType,
          messageModel: group.messageModel,
          consumeFromWhere: group.consumeFromWhere,
        }),
      },
    );
  });
  server.handle(GET_PRODUCER_CONNECTION_LIST, (call) => {
    const members = clients.producers(call.header.producerGroup);
    if (members.length === 0)
      return call.fail(ResponseCode.SYSTEM_ERROR, `the producer group[${call.header.producerGroup}] not exist`);
    call.answer({}, { body: encodeProducerConnection(members.map(connectionOf)) });
  });
  server.handle(GET_ALL_PRODUCER_INFO, (call) => {
    const table = new Map<string, ProducerInfo[]>();
    for (const group of clients.producerGroups())
      table.set(
        group,
        clients.producers(group).map((member) => producerOf(parts, member)),
      );
    call.answer({}, { body: encodeProducerTableInfo(table) });
  });
  server.handle(VIEW_MESSAGE_BY_ID, (call) => {
    const record = parts.store.recordAt(call.header.offset);
    if (record === undefined)
      return call.fail(ResponseCode.SYSTEM_ERROR, `can not find message by the offset, ${call.header.offset}`);
    call.answer({}, { body: record });
  });
  server.handle(GET_CONSUMER_RUNNING_INFO, (call) => {
    const target = relayTarget(parts, call.header.consumerGroup, call.header.clientId);
    if (typeof target === 'string') return call.fail(ResponseCode.SYSTEM_ERROR, target);
    return relay(call, target, GET_CONSUMER_RUNNING_INFO, call.header, undefined, call.extFields);
  });
  server.handle(CONSUME_MESSAGE_DIRECTLY, (call) => {
    const { consumerGroup, clientId = '', msgId = '' } = call.header;
    const target = relayTarget(parts, consumerGroup, clientId);
    if (typeof target === 'string') return call.fail(ResponseCode.SYSTEM_ERROR, target);
    const record = recordOf(parts, msgId);
    if (record === undefined)
      return call.fail(ResponseCode.SYSTEM_ERROR, `no message with the offset id ${msgId} is in this broker`);
    const header = {
      ...call.header,
      brokerName: parts.identity.brokerName,
      topicSysFlag: parts.topics.get(call.header.topic ?? '')?.topicSysFlag,
      groupSysFlag: parts.groups.get(consumerGroup)?.groupSysFlag,
    };
    return relay(call, target, CONSUME_MESSAGE_DIRECTLY, header, record, call.extFields);
  });
}

function connectionOf(member: GroupMember): ClientConnection {
  return {
    clientId: member.clientId,
    clientAddr: member.connection.peer,
    language: member.language as Language,
    version: member.version,
  };
}

function producerOf(parts: Parts, member: GroupMember): ProducerInfo {
  return {
    clientId: member.clientId,
    remoteIP: `/${member.connection.peer}`,
    language: member.language as Language,
    version: member.version,
    lastUpdateTimestamp: parts.clock.now() - (parts.clock.monotonicMs() - member.lastHeartbeatMs),
  };
}

function recordOf(parts: Parts, offsetMessageId: string): Buffer | undefined {
  try {
    return parts.store.recordAt(parseOffsetMessageId(offsetMessageId).physicalOffset);
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}

/** The connection of a group's member, or why it can't be asked. */
function relayTarget(parts: Parts, groupName: string, clientId: string): RemotingConnection | string {
  const member = parts.clients.consumerGroup(groupName)?.members.get(clientId);
  if (member === undefined) return `The Consumer <${groupName}> <${clientId}> not online`;
  if (member.version < FIRST_RELAY_VERSION)
    return `The Consumer <${clientId}> Version <${member.version}> too low to finish, please upgrade it`;
  return member.connection;
}

/** Passes a question on and the client's answer back. */
async function relay<C extends Command>(
  call: Call,
  target: RemotingConnection,
  command: C,
  header: never | object,
  body: Buffer | undefined,
  extFields: Readonly<Record<string, string>>,
): Promise<void> {
  try {
    const response = await target.request(command, header as never, { timeoutMs: RELAY_TIMEOUT_MS, body, extFields });
    call.answer(
      {},
      { code: response.code, remark: response.remark, body: response.body, extFields: response.extFields },
    );
  } catch (error) {
    if (!(error instanceof RemotingError)) throw error;
    const code = error.code === 'REQUEST_TIMEOUT' ? ResponseCode.CONSUME_MSG_TIMEOUT : ResponseCode.SYSTEM_ERROR;
    call.fail(code, `the client ${target.peer} did not answer: ${error.message}`);
  }
}
