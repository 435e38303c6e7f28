import { type Admin, AdminError } from '@rocketmq-ts/admin';
import type { BrokerResult, ResetForm } from '../api/index.ts';
import { connectionIn } from '../groups/members.ts';
import { reasonOf } from '../http/failure.ts';
import { chosen } from '../targets/broker-target.ts';
import { type Looked, placeOf } from '../targets/topic-place.ts';
import { Declined, writeEach } from '../targets/write-each.ts';

type Move = ResetForm['queues'][number];

/** The property of a broker by which it moves groups itself, from 5.2 on. Source: BrokerConfig. */
const SERVER_SIDE = 'useServerSideResetOffset';

/**
 * Moves a group to these offsets, queue by queue. Brokers that do it themselves send each next pull there, also of members
 * that are online. On others the offset is committed for a group that is offline; members that are online would commit over it,
 * so there it is refused.
 */
export async function resetOffsets(looked: Looked, topic: string, form: ResetForm): Promise<BrokerResult[]> {
  const { admin } = looked;
  const { having } = await placeOf(looked, topic);
  const names = [...new Set(form.queues.map(({ brokerName }) => brokerName))];
  return writeEach(chosen(having, names), async (address, { brokerName }) => {
    const moves = form.queues.filter((move) => move.brokerName === brokerName);
    const isServerSide = (await admin.brokerConfig(address)).get(SERVER_SIDE) === 'true';
    const connection = await connectionIn(admin, address, form.group);
    if (connection?.messageModel === 'BROADCASTING')
      throw new Declined('the group is broadcasting: its members keep their offsets themselves');
    if (!isServerSide && connection !== undefined)
      throw new Declined(
        `its members are online and would commit over it: stop them first, or set ${SERVER_SIDE}=true on this broker`,
      );
    return moveAll(moves, (move) => moveOne(admin, address, topic, form.group, move, isServerSide));
  });
}

async function moveOne(
  admin: Admin,
  address: string,
  topic: string,
  group: string,
  { queueId, offset }: Move,
  isServerSide: boolean,
): Promise<void> {
  if (isServerSide) await admin.resetOffsetByQueue({ address, group, topic, queueId, offset });
  else await admin.updateConsumeOffset(address, group, topic, queueId, offset);
}

/** Queues one after the other; what failed is named, with how many are moved. */
async function moveAll(moves: readonly Move[], move: (each: Move) => Promise<void>): Promise<string> {
  const failed: string[] = [];
  for (const each of moves) {
    try {
      await move(each);
    } catch (error) {
      if (!(error instanceof AdminError)) throw error;
      // Every other queue would fail the same way, each after its time-out.
      if (error.code === 'UNREACHABLE') throw error;
      failed.push(`queue ${each.queueId}: ${reasonOf(error)}`);
    }
  }
  const count = `${moves.length - failed.length} of ${moves.length} queues moved`;
  if (failed.length > 0) throw new Declined(`${count}; ${failed.join('; ')}`);
  return count;
}
