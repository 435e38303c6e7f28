import { nodePlatform, sleep } from '@rocketmq-ts/kernel';
import type { SeededRandom } from '@rocketmq-ts/testing/simulated';
import { BrokerClient } from './broker-client.ts';
import type { LateHistory } from './late-history.ts';
import type { LoadContext } from './load.ts';
import { decodeTortureBody, encodeTortureBody, messageNumber } from './torture-message.ts';

const LATE_TOPIC = 'TortureLater';
const RETRY_TOPIC = '%RETRY%torture';
const PAUSE_MS = 10;
/** A producer of its own, so that no other producer has its numbers. */
const LATE_PRODUCER = 99;
const LAST_LOOK_MS = 20_000;

/** Messages that come later, and topics that are made while everything runs. */
export interface LateContext {
  readonly delayed: LateHistory;
  readonly sentBack: LateHistory;
  /** Topics whose creation the broker acknowledged. */
  readonly topics: Set<string>;
  /** How far the late topics have been read. */
  readonly positions: Map<string, number>;
  readonly next: { sequence: number };
}

/** Sends delayed messages and makes topics, until the load ends. */
export async function produceLate(context: LoadContext, late: LateContext, random: SeededRandom): Promise<void> {
  const client = new BrokerClient(context.address, LATE_TOPIC);
  while (context.running) {
    const sequence = late.next.sequence++;
    const message = { producer: LATE_PRODUCER, sequence, queueId: 0 };
    const number = messageNumber(message);
    try {
      if (random.chance(0.05)) {
        const topic = `TortureTopic${sequence}`;
        await client.createTopic(1, topic);
        late.topics.add(topic);
      }
      late.delayed.sending(number, nodePlatform.clock.now());
      const offset = await client.send(0, [encodeTortureBody(message, random)], { delayLevel: 1 });
      if (offset !== undefined) late.delayed.accepted(number);
    } catch {
      // The broker died: whether the message is stored is not known.
    }
    await sleep(nodePlatform.clock, PAUSE_MS);
  }
  await client.stop();
}

/** Reads what has come in the late topics since the last time, and whether every topic is still there. */
export async function readLate(address: string, late: LateContext, violation: (text: string) => void): Promise<void> {
  await readTopic(address, LATE_TOPIC, late.delayed, late.positions);
  await readTopic(address, RETRY_TOPIC, late.sentBack, late.positions);
  const client = new BrokerClient(address, LATE_TOPIC);
  const known = await client.topics();
  for (const topic of late.topics) if (!known.has(topic)) violation(`topic ${topic} was made and is missing`);
  await client.stop();
}

/** Waits until all that was accepted has come. */
export async function awaitLate(
  address: string,
  late: LateContext,
  violation: (text: string) => void,
): Promise<number> {
  const untilMs = nodePlatform.clock.now() + LAST_LOOK_MS;
  do {
    await readLate(address, late, violation);
    if (late.delayed.awaitedCount + late.sentBack.awaitedCount === 0) break;
    await sleep(nodePlatform.clock, 200);
  } while (nodePlatform.clock.now() < untilMs);
  return late.delayed.checkLost() + late.sentBack.checkLost();
}

async function readTopic(
  address: string,
  topic: string,
  history: LateHistory,
  positions: Map<string, number>,
): Promise<void> {
  const client = new BrokerClient(address, topic);
  for (let position = positions.get(topic) ?? 0; ; ) {
    const { messages, nextBeginOffset } = await client.pull(0, position);
    for (const { body, storeTimestamp } of messages) {
      const message = decodeTortureBody(body);
      if (message !== undefined) history.delivered(messageNumber(message), storeTimestamp);
    }
    if (messages.length === 0) break;
    position = nextBeginOffset;
    positions.set(topic, position);
  }
  await client.stop();
}
