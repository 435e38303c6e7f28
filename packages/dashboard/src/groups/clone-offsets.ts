import type { Admin } from '@rocketmq-ts/admin';
import type { BrokerResult, ClonePreview, CloneRow } from '../api/index.ts';
import { ConsoleError } from '../errors.ts';
import { askEach } from '../targets/broker-calls.ts';
import { mergeFailures } from '../targets/missing.ts';
import { type Looked, placeOf } from '../targets/topic-place.ts';
import { Declined, writeEach } from '../targets/write-each.ts';
import { settingsOn } from './change-group.ts';
import { connectionIn, membersOf } from './members.ts';

/** A copy of how far one group is in a topic. */
interface Copy {
  readonly from: string;
  readonly to: string;
  readonly topic: string;
}

/** Where both groups are in each queue that the first one has offsets of. Throws BAD_REQUEST, NOT_FOUND. */
export async function previewClone(looked: Looked, copy: Copy): Promise<ClonePreview> {
  const { admin } = looked;
  if (copy.from === copy.to) throw new ConsoleError('BAD_REQUEST', 'a group cannot be copied to itself');
  const { having, missing } = await placeOf(looked, copy.topic);
  if (having.length === 0) throw new ConsoleError('NOT_FOUND', `no broker has the topic ${copy.topic}`);
  const [asked, target, existing] = await Promise.all([
    askEach(having, (address) => rowsOn(admin, address, copy)),
    membersOf(admin, having, copy.to),
    askEach(having, async (address) => (await settingsOn(admin, address, copy.to)) !== undefined),
  ]);
  return {
    rows: asked.answers.flatMap(({ value }) => value),
    brokers: having.map(({ brokerName, addresses }) => ({ brokerName, address: addresses[0]!.address })),
    targetExists: existing.answers.some(({ value }) => value),
    targetOnline: target.clients.length > 0,
    failures: mergeFailures(missing, asked.failures, target.failures, existing.failures),
  };
}

async function rowsOn(admin: Admin, address: string, { from, to, topic }: Copy): Promise<CloneRow[]> {
  const offsetsOf = async (group: string): Promise<Map<number, { brokerName: string; offset: number }>> => {
    const stats = await admin.consumeStatsInBroker(address, group, topic);
    const found = (stats?.offsets ?? []).filter(
      ({ queue, consumerOffset }) => queue.topic === topic && consumerOffset >= 0,
    );
    return new Map(
      found.map(({ queue, consumerOffset }) => [
        queue.queueId,
        { brokerName: queue.brokerName, offset: consumerOffset },
      ]),
    );
  };
  const current = await offsetsOf(to);
  const rows = [...(await offsetsOf(from))].sort(([a], [b]) => a - b);
  return rows.map(([queueId, { brokerName, offset }]) => ({
    ...{ brokerName, queueId, source: offset, current: current.get(queueId)?.offset },
  }));
}

/** Copies the offsets on every broker of the topic. A group that is online would commit over it: there it is declined. */
export async function cloneOffsets(looked: Looked, { from, to, topic }: Copy): Promise<BrokerResult[]> {
  const { admin } = looked;
  if (from === to) throw new ConsoleError('BAD_REQUEST', 'a group cannot be copied to itself');
  const { having } = await placeOf(looked, topic);
  if (having.length === 0) throw new ConsoleError('NOT_FOUND', `no broker has the topic ${topic}`);
  return writeEach(having, async (address) => {
    if ((await settingsOn(admin, address, to)) === undefined)
      throw new Declined(`it does not have the group ${to}: create it there first`);
    if ((await connectionIn(admin, address, to)) !== undefined)
      throw new Declined(`members of ${to} are online and would commit over it: stop them first`);
    await admin.cloneGroupOffset(address, from, to, topic);
    return undefined;
  });
}
