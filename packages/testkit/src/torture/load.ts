import { nodePlatform, sleep } from '@rocketmq-ts/kernel';
import type { SeededRandom } from '@rocketmq-ts/testing/simulated';
import { BrokerClient } from './broker-client.ts';
import type { TortureHistory } from './history.ts';
import type { LateHistory } from './late-history.ts';
import { decodeTortureBody, describeMessageNumber, encodeTortureBody, messageNumber } from './torture-message.ts';

const IN_FLIGHT = 8;
const PAUSE_AFTER_FAILURE_MS = 20;

/** What all parts of a load share. */
export interface LoadContext {
  readonly address: string;
  readonly topic: string;
  readonly history: TortureHistory;
  /** Messages that have their number as their key. */
  readonly keyed: Set<number>;
  /** What consumers sent back. */
  readonly sentBack: LateHistory;
  /** False from the moment on at which nothing new may begin. */
  running: boolean;
}

/** Sends numbered messages to all queues over one connection, several under way, some in batches, until the load ends. */
export async function produce(
  context: LoadContext,
  producer: number,
  next: { sequence: number },
  random: SeededRandom,
): Promise<void> {
  const { history, keyed } = context;
  const client = new BrokerClient(context.address, context.topic);
  const lane = async (): Promise<void> => {
    while (context.running) {
      const queueId = random.below(history.queueCount);
      if (random.chance(0.05)) {
        const message = { producer, sequence: next.sequence++, queueId };
        history.unknownCount += 1;
        await client.sendOneway(queueId, encodeTortureBody(message, random)).catch(() => {});
        await sleep(nodePlatform.clock, 1);
        continue;
      }
      const count = random.chance(0.1) ? random.between(2, 8) : 1;
      const messages = Array.from({ length: count }, () => ({ producer, sequence: next.sequence++, queueId }));
      const bodies = messages.map((message) => encodeTortureBody(message, random));
      try {
        const options = count === 1 ? { key: keyOf(messageNumber(messages[0]!)) } : {};
        const queueOffset = await client.send(queueId, bodies, options);
        if (queueOffset !== undefined && count === 1) keyed.add(messageNumber(messages[0]!));
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

const keyOf = (message: number): string => `key-${message}`;

/** Reads some queues from where the group is, commits or sends back now and then, and records what it saw. */
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
        history.progress.found(queueId, position);
      }
      const pulled = await client.pull(queueId, position);
      for (const message of pulled.messages) {
        const number = note(history, queueId, message.queueOffset, message.body);
        history.consumedCount += 1;
        if (number === undefined || !random.chance(0.002)) continue;
        context.sentBack.sending(number, nodePlatform.clock.now());
        if (await client.sendBack(message.physicalOffset, 1)) context.sentBack.accepted(number);
      }
      if (pulled.messages.length === 0) await sleep(nodePlatform.clock, 1);
      positions.set(queueId, pulled.messages.length === 0 ? position : pulled.nextBeginOffset);
      if (random.chance(0.2)) {
        const offset = positions.get(queueId)!;
        history.progress.committing(queueId, offset);
        if (await client.commit(queueId, offset)) history.progress.answered(queueId, offset, nodePlatform.clock.now());
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
    history.progress.found(queueId, await client.progress(queueId));
  }
  await checkKeys(context, client);
  await client.stop();
  return count;
}

/** The newest messages that have a key are found by it: those that no index file could have when the broker died. */
async function checkKeys({ history, keyed }: LoadContext, client: BrokerClient): Promise<void> {
  for (const { queueId, queueOffset, message } of history.newest(5)) {
    if (!keyed.has(message)) continue;
    const bodies = await client.query(keyOf(message));
    if (bodies === undefined) return;
    const numbers = bodies.map(decodeTortureBody).map((found) => found && messageNumber(found));
    if (!numbers.includes(message)) {
      history.violation(
        `queue ${queueId} offset ${queueOffset}: ${describeMessageNumber(message)} is not found by its key`,
      );
    }
  }
}

function note(history: TortureHistory, queueId: number, queueOffset: number, body: Buffer): number | undefined {
  const message = decodeTortureBody(body);
  if (message === undefined) {
    history.violation(`queue ${queueId} offset ${queueOffset} has a body that was never sent`);
    return undefined;
  }
  const number = messageNumber(message);
  if (message.queueId !== queueId)
    history.violation(`queue ${queueId} offset ${queueOffset}: sent to ${message.queueId}`);
  history.seen(queueId, queueOffset, number);
  return number;
}
