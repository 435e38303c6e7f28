import { type Admin, AdminError, ResponseCode } from '@rocketmq-ts/admin';
import type { BrokerResult } from '../api/index.ts';
import { auditResults } from '../audit/record.ts';
import { targetsOfRoute } from '../targets/broker-target.ts';
import { writeEach } from '../targets/write-each.ts';
import { describe, type OldCall } from './endpoint.ts';
import { topicOf } from './topic-of.ts';

/** Source: RollbackStats. */
interface RollbackStats {
  readonly brokerName: string;
  readonly queueId: number;
  readonly brokerOffset: number;
  readonly consumerOffset: number;
  readonly timestampOffset: number;
  readonly rollbackOffset: number;
}

interface Reset {
  readonly group: string;
  readonly topic: string;
  readonly timestampMs: number;
  readonly force: boolean;
}

/** Brokers whose version resets only groups with members say so by these. */
const NEEDS_MEMBERS: readonly (number | undefined)[] = [ResponseCode.CONSUMER_NOT_ONLINE];

/**
 * Moves groups to a time, on every broker of the topic; −1: to the end. A group without members is moved by its stored offsets.
 * The answer has each group by itself. Source: ConsumerServiceImpl#resetOffset.
 */
export async function resetOffsets(call: OldCall, fixedTimeMs?: number): Promise<unknown> {
  const { admin, values } = call;
  const topic = topicOf(call);
  const timestampMs = fixedTimeMs ?? values.integer('resetTime');
  const force = values.flag('force');
  const results: BrokerResult[] = [];
  const groups: Record<string, object> = {};
  const wanted = values.texts('consumerGroupList');
  const targets = await admin.examineTopicRoute(topic).then(targetsOfRoute, unknownTopic);
  if (targets instanceof AdminError) {
    const failed = { status: false, errMsg: targets.message, rollbackStatsList: [] };
    return Object.fromEntries(wanted.map((group) => [group, failed]));
  }
  for (const group of wanted) {
    const rollbackStatsList: RollbackStats[] = [];
    const moved = await writeEach(targets, async (address) => {
      rollbackStatsList.push(...(await resetOn(admin, address, { group, topic, timestampMs, force })));
      return undefined;
    });
    results.push(...moved);
    const failed = moved.filter(({ ok }) => !ok);
    const status = failed.length === 0;
    groups[group] = { status, errMsg: status ? null : describe(failed), rollbackStatsList };
  }
  auditResults(call.request, results);
  return groups;
}

/** A topic that is not there is a failure of each group. */
function unknownTopic(error: unknown): AdminError {
  if (error instanceof AdminError && error.responseCode === ResponseCode.TOPIC_NOT_EXIST) return error;
  throw error;
}

async function resetOn(admin: Admin, address: string, reset: Reset): Promise<RollbackStats[]> {
  try {
    const moved = await admin.resetOffsetInBroker(address, reset);
    return moved.map(({ queue, offset }) => ({
      ...{ brokerName: queue.brokerName, queueId: queue.queueId, rollbackOffset: offset },
      ...{ brokerOffset: 0, consumerOffset: 0, timestampOffset: 0 },
    }));
  } catch (error) {
    if (!(error instanceof AdminError) || !NEEDS_MEMBERS.includes(error.responseCode)) throw error;
    return resetStored(admin, address, reset);
  }
}

/** Source: DefaultMQAdminExtImpl#resetOffsetByTimestampOld. */
async function resetStored(admin: Admin, address: string, reset: Reset): Promise<RollbackStats[]> {
  const { group, topic, timestampMs, force } = reset;
  const stats = await admin.consumeStatsInBroker(address, group, topic);
  const moved: RollbackStats[] = [];
  for (const { queue, brokerOffset, consumerOffset } of stats?.offsets ?? []) {
    if (queue.topic !== topic) continue;
    const { queueId } = queue;
    const timestampOffset =
      timestampMs === -1
        ? await admin.maxOffset(address, topic, queueId)
        : await admin.searchOffset(address, topic, queueId, timestampMs);
    // Without force a group is only moved back.
    const rollbackOffset =
      force || timestampMs === -1 || timestampOffset <= consumerOffset ? timestampOffset : consumerOffset;
    if (rollbackOffset !== consumerOffset)
      await admin.updateConsumeOffset(address, group, topic, queueId, rollbackOffset);
    moved.push({
      brokerName: queue.brokerName,
      queueId,
      brokerOffset,
      consumerOffset,
      timestampOffset,
      rollbackOffset,
    });
  }
  return moved;
}
