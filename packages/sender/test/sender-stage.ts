import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { MessageExt } from '@rocketmq-ts/client';
import { silentLogger } from '@rocketmq-ts/kernel';
import { MqMessageSender, type MqMessageSenderOptions } from '@rocketmq-ts/sender';
import { type Cluster, type ClusterOptions, startCluster } from '@rocketmq-ts/testkit/cluster';

const TOPIC = 'Orders';

/** A folder that is gone after the test. */
export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'rocketmq-ts-sender-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A cluster on the virtual clock, a SQLite file, and senders that share it. */
export class SenderStage {
  readonly cluster: Cluster;
  readonly file: string;
  /** What a consumer has got, in the order of its queues. */
  readonly received: MessageExt[] = [];
  readonly #senders: MqMessageSender[] = [];

  private constructor(cluster: Cluster, file: string) {
    this.cluster = cluster;
    this.file = file;
  }

  static async start(t: TestContext, options: ClusterOptions = {}): Promise<SenderStage> {
    const file = join(temporaryFolder(t), 'outbox.db');
    const cluster = await startCluster({ seed: 3, topics: { [TOPIC]: 4 }, ...options });
    const stage = new SenderStage(cluster, file);
    await cluster.consumer(
      { consumerGroup: 'billing', consumeFrom: 'FIRST_OFFSET', topics: { [TOPIC]: '*' } },
      {
        orderly: (messages) => {
          stage.received.push(...messages);
          return 'SUCCESS';
        },
      },
    );
    t.after(async () => {
      for (const sender of stage.#senders) await stage.cluster.run(sender.stop());
      await cluster.stop();
      assert.equal(cluster.clock.pendingTimers, 0, 'nothing leaves a timer');
    });
    return stage;
  }

  /** Each sender has a machine and an instance name of its own. */
  async sender(changes: Partial<MqMessageSenderOptions> = {}): Promise<MqMessageSender> {
    const name = changes.instanceName ?? `app-${this.#senders.length + 1}`;
    const sender = await this.cluster.run(
      MqMessageSender.start({
        producerGroup: 'orders',
        namesrvAddr: this.cluster.namesrvAddr,
        database: { kind: 'sqlite', file: this.file },
        instanceName: name,
        platform: this.cluster.environment.machine(name),
        logger: silentLogger,
        ...changes,
      }),
    );
    this.#senders.push(sender);
    return sender;
  }

  run<T>(work: Promise<T>): Promise<T> {
    return this.cluster.run(work);
  }

  /** Lets so much time pass. */
  advance(ms: number): Promise<void> {
    return this.cluster.advance(ms);
  }

  texts(): string[] {
    return this.received.map((message) => message.text());
  }
}

/** What a call rejects with; fails when it does not. */
export async function rejection(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    return error;
  }
  return assert.fail('the call did not reject');
}
