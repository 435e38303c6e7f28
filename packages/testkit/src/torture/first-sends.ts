import { nodePlatform, sleep } from '@rocketmq-ts/kernel';
import { BrokerClient } from './broker-client.ts';
import type { LoadContext } from './load.ts';

const LANES = 3;
const QUEUE_ID = 1;
const PAUSE_AFTER_FAILURE_MS = 20;

/** First messages of topics that did not exist, and what the broker answered. */
export class FirstSends {
  /** Topics whose first message was acknowledged. */
  readonly acknowledged: string[] = [];
  #made = 0;
  #onAcknowledged: (() => void) | undefined;

  /** Resolves in the moment in which so many more are acknowledged. */
  async moreAcknowledged(count: number): Promise<void> {
    for (let i = 0; i < count; i++) await new Promise<void>((resolve) => (this.#onAcknowledged = resolve));
  }

  /** Sends the first message to one new topic after the other until the load ends. */
  async produce(context: LoadContext): Promise<void> {
    const lane = async (): Promise<void> => {
      while (context.running) {
        const topic = `First${this.#made++}`;
        const client = new BrokerClient(context.address, topic);
        const offset = await client.send(QUEUE_ID, [Buffer.from(topic)]).catch(() => undefined);
        if (offset === undefined) await sleep(nodePlatform.clock, PAUSE_AFTER_FAILURE_MS);
        else {
          this.acknowledged.push(topic);
          this.#onAcknowledged?.();
        }
        await client.stop();
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
  }

  /** After a start each of them is found, by its topic. Returns how many are not. */
  async check(address: string, violation: (text: string) => void): Promise<number> {
    let lost = 0;
    for (const topic of this.acknowledged) {
      const client = new BrokerClient(address, topic);
      const { messages } = await client.pull(QUEUE_ID, 0);
      await client.stop();
      if (messages.some(({ body }) => body.toString() === topic)) continue;
      lost += 1;
      violation(`lost: the first message of topic ${topic} was acknowledged and is not found`);
    }
    return lost;
  }
}
