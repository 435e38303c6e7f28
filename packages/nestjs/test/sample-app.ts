import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import 'reflect-metadata';
import type { INestMicroservice, LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { SendResult } from '@rocketmq-ts/client';
import {
  RocketmqClient,
  type RocketmqClientOptions,
  RocketmqServer,
  type RocketmqServerOptions,
} from '@rocketmq-ts/nestjs';
import { type Cluster, type ClusterOptions, startCluster } from '@rocketmq-ts/testkit/cluster';
import { firstValueFrom } from 'rxjs';
import type * as AppModuleFile from './app/app-module.ts';
import type * as ShopFile from './app/shop.ts';

export type Shop = ShopFile.Shop;

const root = join(import.meta.dirname, '..', '..', '..');
const compiled = join(root, 'node_modules', '.cache', 'nest-sample-app');
const TOPICS = { Orders: 2, Payments: 2, Failing: 1, Prices: 1 };

/** The application below `app`, as its users compile it: with TypeScript's decorators and their metadata. */
function compileApp(): void {
  const project = join(import.meta.dirname, 'app');
  const run = spawnSync(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-b', project], {
    encoding: 'utf8',
  });
  if (run.status !== 0) throw new Error(`The sample application was not compiled:\n${run.stdout}${run.stderr}`);
}

compileApp();
const [{ AppModule }, { Shop: ShopClass }] = await Promise.all([
  import(pathToFileURL(join(compiled, 'app-module.js')).href) as Promise<typeof AppModuleFile>,
  import(pathToFileURL(join(compiled, 'shop.js')).href) as Promise<typeof ShopFile>,
]);

/** An application that serves the sample's handlers on a cluster of this process, and its clients. */
export class Stage {
  readonly cluster: Cluster;
  /** What Nest's logger got, at level warn and above. */
  readonly logged: string[] = [];
  readonly #clients: RocketmqClient[] = [];
  readonly #apps: INestMicroservice[] = [];

  constructor(cluster: Cluster) {
    this.cluster = cluster;
  }

  static async start(options: ClusterOptions = {}): Promise<Stage> {
    return new Stage(await startCluster({ topics: TOPICS, ...options }));
  }

  /** An application that listens. */
  async app(
    options: Partial<RocketmqServerOptions> = {},
    machine = 'nest',
  ): Promise<{ app: INestMicroservice; shop: Shop; server: RocketmqServer }> {
    const server = new RocketmqServer({
      namesrvAddr: this.cluster.namesrvAddr,
      consumerGroup: 'shop',
      consumeFrom: 'FIRST_OFFSET',
      instanceName: machine,
      platform: this.cluster.environment.machine(machine),
      ...options,
    });
    const logger = this.#logger();
    // Nest loads modules while it initializes, in real time.
    const app = await NestFactory.createMicroservice(AppModule, { strategy: server, logger });
    await app.init();
    const shop = app.get(ShopClass);
    await this.cluster.run(app.listen());
    this.#apps.push(app);
    return { app, shop, server };
  }

  client(options: Partial<RocketmqClientOptions> = {}, machine = 'client'): RocketmqClient {
    const client = new RocketmqClient({
      namesrvAddr: this.cluster.namesrvAddr,
      producerGroup: 'customers',
      platform: this.cluster.environment.machine(machine),
      ...options,
    });
    this.#clients.push(client);
    return client;
  }

  /** Resolves with the result of the send. */
  emit(client: RocketmqClient, pattern: unknown, data: unknown): Promise<SendResult> {
    return this.cluster.run(firstValueFrom(client.emit<SendResult>(pattern, data)));
  }

  async stop(): Promise<void> {
    for (const client of this.#clients) await this.cluster.run(client.close());
    for (const app of this.#apps) await this.cluster.run(app.close());
    await this.cluster.stop();
  }

  #logger(): LoggerService {
    const keep = (line: unknown): void => void this.logged.push(line instanceof Error ? line.message : String(line));
    return { log: () => {}, warn: keep, error: keep, fatal: keep };
  }
}
