import { nodePlatform, sleep } from '@rocketmq-ts/kernel';
import type { SeededRandom } from '../random.ts';
import { BrokerClient } from './broker-client.ts';
import type { TortureHistory } from './history.ts';
import { decodeTortureBody, encodeTortureBody, messageNumber } from './torture-message.ts';

const IN_FLIGHT = 8;
const PAUSE_AFTER_FAILURE_MS = 20;

/** What all parts of a load share. */
export interface LoadContext {
  readonly address: string;
  readonly topic: string;
  readonly history: TortureHistory;
  /** False from the moment on at which nothing new may begin. */
  running: boolean;
}

/** Sends numbered messages to all queues over one connection, several under way, some in batches, until told to stop. */
export async function produce(
  context: LoadContext,
  producer: number,
  next: { sequence: number },
  random: SeededRandom,
): Promise<void> {
  const { history } = context;
  const client = new BrokerClient(context.address, context.topic);
  const lane = async (): Promise<void> => {
    while (context.running) {
      const queueId = random.below(history.queueCount);
      const count = random.chance(0.1) ? random.between(2, 8) : 1;
      const messages = Array.from({ length: count }, () => ({ producer, sequence: next.sequence++, queueId }));
      const bodies = messages.map((message) => encodeTortureBody(message, random));
      try {
        const queueOffset = await client.send(queueId, bodies);
        if (queueOffset === undefined) {
          history.unknownCount += count;
          await sleep(nodePlatform.clock, PAUSE_AFTER_FAILURE_MS);
        } else {
          for (const [i, message] of messages.entries()) {
            history.acknowledged(queueId, queueOffset + i, messageNumber(message));
          }
        }
      } catch {
        // The broker died: whether these are stored is not known.
        history.unknownCount += count;
        await sleep(nodePlatform.clock, PAUSE_AFTER_FAILURE_MS);
      }
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  await client.stop();
}

/** Reads some queues from where the group is, commits now and then, and notes what it saw. */
export async function consume(context: LoadContext, queueIds: readonly number[], random: SeededRandom): Promise<void> {
  const { history } = context;
  const client = new BrokerClient(context.address, context.topic);
  const positions = new Map<number, number>();
  while (context.running) {
    const queueId = random.pick(queueIds);
    try {
      let position = positions.get(queueId);
      if (position === undefined) {
        position = await client.progress(queueId);
        history.progress(queueId, position);
      }
      const pulled = await client.pull(queueId, position);
      for (const message of pulled.messages) {
        note(history, queueId, message.queueOffset, message.body);
        history.consumedCount += 1;
      }
      if (pulled.messages.length === 0) await sleep(nodePlatform.clock, 1);
      positions.set(queueId, pulled.messages.length === 0 ? position : pulled.nextBeginOffset);
      if (random.chance(0.2)) {
        history.committing(queueId, positions.get(queueId)!);
        await client.commit(queueId, positions.get(queueId)!);
      }
    } catch {
      positions.clear();
      await sleep(nodePlatform.clock, PAUSE_AFTER_FAILURE_MS);
    }
  }
  await client.stop();
}

/** Reads every queue from its beginning to its end and hands it to the checker. */
export async function readBack(context: LoadContext): Promise<number> {
  const { history } = context;
  const client = new BrokerClient(context.address, context.topic);
  let count = 0;
  for (let queueId = 0; queueId < history.queueCount; queueId++) {
    const end = await client.maxOffset(queueId);
    const begin = await client.minOffset(queueId);
    if (begin !== 0) history.violation(`queue ${queueId} begins at ${begin}, although nothing has expired`);
    const numbers: (number | undefined)[] = new Array(end).fill(undefined);
    for (let offset = begin; offset < end; ) {
      const pulled = await client.pull(queueId, offset);
      for (const message of pulled.messages) {
        numbers[message.queueOffset] = note(history, queueId, message.queueOffset, message.body);
        count += 1;
      }
      if (pulled.messages.length === 0 && pulled.nextBeginOffset <= offset) break;
      offset = pulled.nextBeginOffset;
    }
    history.readBack(queueId, 0, numbers);
    history.progress(queueId, await client.progress(queueId));
  }
  await client.stop();
  return count;
}

function note(history: TortureHistory, queueId: number, queueOffset: number, body: Buffer): number | undefined {
  const message = decodeTortureBody(body);
  if (message === undefined) {
    history.violation(`queue ${queueId} offset ${queueOffset} has a body that nobody sent`);
    return undefined;
  }
  const number = messageNumber(message);
  if (message.queueId !== queueId)
    history.violation(`queue ${queueId} offset ${queueOffset}: sent to ${message.queueId}`);
  history.seen(queueId, queueOffset, number);
  return number;
}
