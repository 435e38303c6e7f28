import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
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
const app = join(import.meta.dirname, 'app');
const TOPICS = { Orders: 2, Payments: 2, Failing: 1, Prices: 1 };

/**
 * The application below `app`, as its users compile it: with TypeScript's decorators and their metadata. `npm run types` checks its
 * types; several test files may be here at a time, so a finished folder gets its name, that of the sources' content, in one step.
 */
function compileApp(): string {
  const sources = readdirSync(app).filter((file) => file.endsWith('.ts'));
  const hash = createHash('sha256');
  for (const file of sources) hash.update(readFileSync(join(app, file)));
  const cache = join(root, 'node_modules', '.cache');
  const compiled = join(cache, `nest-sample-app-${hash.digest('hex').slice(0, 16)}`);
  if (existsSync(compiled)) return compiled;
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'nest-sample-app-of-'));
  const options = [
    ...['--ignoreConfig', '--noCheck', '--noResolve', '--rewriteRelativeImportExtensions', '--verbatimModuleSyntax'],
    ...['--experimentalDecorators', '--emitDecoratorMetadata', '--module', 'nodenext', '--target', 'es2024'],
  ];
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const args = [compiler, ...sources, ...options, '--rootDir', '.', '--outDir', folder];
  const run = spawnSync(process.execPath, args, { cwd: app, encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`The sample application was not compiled:\n${run.stdout}${run.stderr}`);
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
  try {
    renameSync(folder, compiled);
  } catch (error) {
    // Another test file was faster.
    if (!existsSync(compiled)) throw error;
    rmSync(folder, { recursive: true });
  }
  return compiled;
}

const compiled = compileApp();
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

  /** An application that does not listen yet. */
  async newApp(
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
    this.#apps.push(app);
    return { app, shop, server };
  }

  /** An application that listens. */
  async app(...given: Parameters<Stage['newApp']>): ReturnType<Stage['newApp']> {
    const made = await this.newApp(...given);
    await this.cluster.run(made.app.listen());
    return made;
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
