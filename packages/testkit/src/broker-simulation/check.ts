import * as protocol from '@rocketmq-ts/protocol';
import { SimulationFailure } from '../seeded/failure.ts';
import type { BrokerModel, Found } from './model.ts';
import type { Wire } from './wire.ts';

/** Holds what a broker shows over the wire after its start against what was promised. `isLast`: delays are over. */
export async function checkBroker(wire: Wire, model: BrokerModel, isLast: boolean): Promise<void> {
  for (const topic of model.topics.keys()) model.check(topic, await readTopic(wire, topic), isLast);
  for (const group of model.groups.keys()) {
    const answer = await wire.ask(protocol.GET_SUBSCRIPTIONGROUP_CONFIG, { group });
    model.checkGroup(group, answer?.code === protocol.ResponseCode.SUCCESS);
  }
  await checkProgress(wire, model);
  await checkDelayProgress(wire);
}

/** Undefined when the broker does not know the topic. */
async function readTopic(wire: Wire, topic: string): Promise<Found | undefined> {
  const queues = await wire.queueNums(topic);
  if (queues === undefined) return undefined;
  const found = new Map<string, number>();
  for (let queueId = 0; queueId < queues; queueId++) {
    for (const { body } of await wire.read(topic, queueId)) {
      const id = idOf(body);
      found.set(id, (found.get(id) ?? 0) + 1);
    }
  }
  return found;
}

async function checkProgress(wire: Wire, model: BrokerModel): Promise<void> {
  const answer = await wire.ask(protocol.GET_ALL_CONSUMER_OFFSET, {});
  if (answer === undefined) return;
  const { offsetTable } = protocol.decodeConsumerOffsetSerializeWrapper(answer.body);
  for (const [key, queues] of offsetTable) {
    const [topic = '', group = ''] = key.split('@');
    if (model.topics.get(topic) === 'DELETED') {
      throw new SimulationFailure('progress came back', `${group} has progress on ${topic}, which was deleted`);
    }
    for (const [queueId, offset] of queues) {
      model.commits.check(group, topic, queueId, offset, await wire.maxOffset(topic, queueId));
    }
  }
}

async function checkDelayProgress(wire: Wire): Promise<void> {
  const answer = await wire.ask(protocol.GET_ALL_DELAY_OFFSET, {});
  if (answer === undefined) return;
  for (const [level, offset] of protocol.decodeDelayOffsetSerializeWrapper(answer.body).offsetTable) {
    const end = await wire.maxOffset(protocol.SystemTopic.SCHEDULE, level - 1);
    if (offset > end) {
      throw new SimulationFailure(
        'progress ahead',
        `delay level ${level} is at ${offset}, and its queue ends at ${end}`,
      );
    }
  }
}

/** Bodies are `id.` and dots. */
export function idOf(body: string): string {
  return body.slice(0, body.indexOf('.'));
}

export function bodyOf(id: string, bytes: number): string {
  return `${id}.`.padEnd(bytes, '.');
}
