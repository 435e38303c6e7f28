import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { Producer, PushConsumer } from '@rocketmq-ts/client';
import { deliveryOf, hashOf } from './deliveries.ts';

const SEND_TIMEOUT_MS = 1000;
const PAUSE_MS = 2;
const PAUSE_AFTER_FAILURE_MS = 50;
const STOP_MS = 10_000;
const READ_MS = 30_000;

/** What was acknowledged. */
export interface Acknowledged {
  readonly bodyHash: string;
  /** Queue and offset that the broker named. */
  readonly place: string;
}

/** Sends to one topic all the time, `senders` at once, without retries; keeps what was acknowledged, and when. */
export class SteadyLoad {
  readonly acknowledged: Acknowledged[] = [];
  readonly #topic: string;
  readonly #senders: number;
  readonly #producer: Producer;
  #numbers = 0;
  #lastMs = Date.now();
  #longestGapMs = 0;
  #isStopped = false;
  #running: Promise<unknown> | undefined;

  constructor(namesrvAddr: string, topic: string, senders = 1) {
    this.#topic = topic;
    this.#senders = senders;
    this.#producer = new Producer({
      ...{ namesrvAddr, producerGroup: 'load', retryTimesWhenSendFailed: 0 },
      pollNameServerIntervalMs: 500,
    });
  }

  async start(): Promise<void> {
    await this.#producer.start();
    this.#lastMs = Date.now();
    this.#running = Promise.all(Array.from({ length: this.#senders }, () => this.#run()));
  }

  /** May be called twice, and before it was started. */
  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    if (this.#running === undefined) return;
    await Promise.race([this.#running.then(() => this.#producer.stop()), pause(STOP_MS, undefined, { ref: false })]);
  }

  /** Longest time without an acknowledgement since the last call. */
  takeGapMs(): number {
    const gap = Math.max(this.#longestGapMs, Date.now() - this.#lastMs);
    this.#longestGapMs = 0;
    return gap;
  }

  /** One message; whether it was acknowledged. */
  async send(body: Buffer, timeoutMs = SEND_TIMEOUT_MS): Promise<boolean> {
    try {
      const message = { topic: this.#topic, body };
      const { sendStatus, messageQueue, queueOffset } = await this.#producer.send(message, { timeoutMs });
      if (sendStatus !== 'SEND_OK') return false;
      this.#longestGapMs = Math.max(this.#longestGapMs, Date.now() - this.#lastMs);
      this.#lastMs = Date.now();
      this.acknowledged.push({ bodyHash: hashOf(body), place: `${messageQueue.queueId}:${queueOffset}` });
      return true;
    } catch {
      return false;
    }
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      const isTaken = await this.send(Buffer.from(`m${this.#numbers++}`));
      await pause(isTaken ? PAUSE_MS : PAUSE_AFTER_FAILURE_MS);
    }
  }
}

/**
 * A new group gets all that was acknowledged, from where the broker said, and no queue offset has two messages. Resolves to what came;
 * rejects with what is missing after half a minute.
 */
export async function everythingThere(namesrv: string, topic: string, acknowledged: readonly Acknowledged[]) {
  const missing = new Map(acknowledged.map(({ place, bodyHash }) => [place, bodyHash]));
  const found = new Map<string, string>();
  const twice: string[] = [];
  const all = Promise.withResolvers<void>();
  const consumer = new PushConsumer({
    ...{ namesrvAddr: namesrv, consumerGroup: `reader-${Date.now()}`, consumeFrom: 'FIRST_OFFSET' },
  });
  consumer.subscribe(topic);
  await consumer.start((message) => {
    const { queueId, queueOffset, bodyHash } = deliveryOf(message);
    const place = `${queueId}:${queueOffset}`;
    if ((found.get(place) ?? bodyHash) !== bodyHash) twice.push(place);
    found.set(place, bodyHash);
    if (missing.get(place) === bodyHash) missing.delete(place);
    if (missing.size === 0) all.resolve();
    return 'CONSUME_SUCCESS';
  });
  await Promise.race([all.promise, pause(READ_MS, undefined, { ref: false })]);
  await consumer.stop();
  assert.deepEqual([[...missing], twice], [[], []], 'what is missing, and queue offsets that two messages have');
  return new Set(found.values());
}
