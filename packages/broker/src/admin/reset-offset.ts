import {
  encodeResetOffsetBody,
  encodeResetOffsetBodyForC,
  INVOKE_BROKER_TO_RESET_OFFSET,
  type MessageQueue,
  MQVersion,
  RESET_CONSUMER_CLIENT_OFFSET,
  ResponseCode,
  type TopicConfig,
  versionDescription,
} from '@rocketmq-ts/protocol';
import type { Call, RemotingServer } from '@rocketmq-ts/remoting';
import type { QueueView } from '@rocketmq-ts/store';
import { answerWhenSaved } from '../saved-answer.ts';
import type { AdminParts } from './parts.ts';

type Parts = Pick<
  AdminParts,
  'config' | 'identity' | 'store' | 'topics' | 'groups' | 'clients' | 'offsets' | 'held' | 'logger'
>;

type ResetCall = Call<typeof INVOKE_BROKER_TO_RESET_OFFSET>;
type Targets = readonly (readonly [MessageQueue, number])[];

/** Languages of clients that get their offsets as a list. Source: AdminBrokerProcessor#resetOffset. */
const LIST_LANGUAGE = 'CPP';
const FIRST_VERSION = MQVersion.V3_0_7_SNAPSHOT;

/** Moving groups to another place of a topic: by the broker itself, or with useServerSideResetOffset=false by its clients. */
export function serveResets(server: RemotingServer, parts: Parts): void {
  server.handle(INVOKE_BROKER_TO_RESET_OFFSET, (call) => {
    const topic = parts.topics.get(call.header.topic);
    if (parts.config.useServerSideResetOffset) resetHere(parts, call, topic);
    else resetByClients(parts, call, topic);
  });
}

/**
 * The offsets are the group's at once, and the next pull of each queue is sent there; what its members commit until then does
 * not count. Also for a group that is not online. Source: AdminBrokerProcessor#resetOffsetInner.
 */
function resetHere(parts: Parts, call: ResetCall, topic: TopicConfig | undefined): void {
  const { topic: name, group, timestamp } = call.header;
  const { groups, offsets, store, held, logger } = parts;
  if (topic === undefined) return call.fail(ResponseCode.TOPIC_NOT_EXIST, `Topic ${name} does not exist`);
  if (groups.get(group) === undefined)
    return call.fail(ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, `Group ${group} does not exist`);
  const targets = targetsHere(parts, call, topic);
  if (targets === undefined) return;
  for (const [{ queueId }, target] of targets) {
    offsets.reset(group, name, queueId, target);
    held.answerNow(store.queue(name, queueId));
  }
  logger.info('a group was moved', { group, topic: name, timestamp, queues: targets.length });
  offsets.whenSaved(answerWhenSaved(call, encodeResetOffsetBody(targets)));
}

/** Undefined when the request is refused; that is answered. */
function targetsHere(parts: Parts, call: ResetCall, topic: TopicConfig): Targets | undefined {
  const { topic: name, timestamp, queueId, offset } = call.header;
  if (queueId < 0)
    return Array.from({ length: topic.readQueueNums }, (_, id) =>
      target(parts, parts.store.queue(name, id), timestamp),
    );
  const queues = Math.max(topic.readQueueNums, topic.writeQueueNums);
  if (queueId >= queues) {
    call.fail(ResponseCode.INVALID_PARAMETER, `queueId[${queueId}] is illegal, topic[${name}] has ${queues} queues`);
    return undefined;
  }
  const queue = parts.store.queue(name, queueId);
  if (offset === NO_OFFSET) return [target(parts, queue, timestamp)];
  if (offset >= queue.minOffset && offset <= queue.maxOffset + 1)
    return [[{ topic: name, brokerName: parts.identity.brokerName, queueId }, offset]];
  call.fail(
    ResponseCode.SYSTEM_ERROR,
    `Target offset ${offset} not in consume queue range [${queue.minOffset}-${queue.maxOffset}]`,
  );
  return undefined;
}

const NO_OFFSET = -1;

function target({ identity }: Parts, queue: QueueView, timestamp: number): readonly [MessageQueue, number] {
  const { topic, queueId } = queue;
  const offset = timestamp < 0 ? queue.maxOffset : queue.offsetAt(timestamp, 'LOWER');
  return [{ topic, brokerName: identity.brokerName, queueId }, offset];
}

/**
 * The members of the group get the offsets, and commit them. An offset that lies behind the group is taken only with `isForce`.
 * Source: Broker2Client#resetOffset.
 */
function resetByClients(parts: Parts, call: ResetCall, topic: TopicConfig | undefined): void {
  const { topic: name, group, timestamp, isForce } = call.header;
  const { clients, offsets, store, logger } = parts;
  if (topic === undefined) {
    const remark = `[reset-offset] reset offset failed, no topic in this broker. topic=${name}`;
    return call.fail(ResponseCode.TOPIC_NOT_EXIST, remark);
  }
  const targets: (readonly [MessageQueue, number])[] = [];
  for (let queueId = 0; queueId < topic.writeQueueNums; queueId++) {
    const current = offsets.query(group, name, queueId);
    if (current === undefined)
      return call.fail(
        ResponseCode.SYSTEM_ERROR,
        `THe consumer group <${group}> not exist: no offset of queue ${queueId}`,
      );
    const [queue, offset] = target(parts, store.queue(name, queueId), timestamp);
    targets.push([queue, isForce || offset < current ? offset : current]);
  }
  const members = [...(clients.consumerGroup(group)?.members.values() ?? [])];
  if (members.length === 0) {
    const remark = `Consumer not online, so can not reset offset, Group: ${group} Topic: ${name} Timestamp: ${timestamp}`;
    return call.fail(ResponseCode.CONSUMER_NOT_ONLINE, remark);
  }
  const old = members.find(({ version }) => version < FIRST_VERSION);
  if (old !== undefined) {
    const version = versionDescription(old.version);
    return call.fail(ResponseCode.SYSTEM_ERROR, `the client does not support this feature. version=${version}`);
  }
  const body = call.language === LIST_LANGUAGE ? encodeResetOffsetBodyForC(targets) : encodeResetOffsetBody(targets);
  for (const { connection } of members)
    connection.notify(RESET_CONSUMER_CLIENT_OFFSET, { topic: name, group, timestamp }, { body });
  logger.info('the members of a group are moved', { group, topic: name, timestamp, members: members.length });
  call.answer({}, { body: encodeResetOffsetBody(targets) });
}
