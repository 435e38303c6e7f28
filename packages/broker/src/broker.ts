import {
  Guard,
  guardedPlatform,
  type LiveConfig,
  type Logger,
  type Platform,
  type Service,
  ServiceStack,
  type TlsClientOptions,
  type TlsServerOptions,
} from '@rocketmq-ts/kernel';
import { type JsonInput, UniqueKeyGenerator } from '@rocketmq-ts/protocol';
import { AnswerMemory, createRemotingClient, createRemotingServer, type RemotingServer } from '@rocketmq-ts/remoting';
import { createMessageStore, type DiskFractions } from '@rocketmq-ts/store';
import { AdminHandlers } from './admin/index.ts';
import { whyUnservedByBroker } from './admin/unserved-requests.ts';
import { parseDelayLevels } from './config/kinds.ts';
import type { BrokerConfig, brokerConfigTable } from './config-table.ts';
import { DelayLevels } from './delay/delay-levels.ts';
import { ScheduleService } from './delay/schedule.ts';
import { BrokerError } from './errors.ts';
import { ClientTable } from './group/client-table.ts';
import { GroupTable } from './group/group-table.ts';
import { HeartbeatHandler } from './group/heartbeat.ts';
import { QueueLocks } from './group/queue-locks.ts';
import { RetryQueues } from './group/retry-queues.ts';
import { HeldRequests } from './hold/held-requests.ts';
import { type BrokerIdentity, encodeHost, identityOf, settleConfig } from './identity.ts';
import { JsonFile } from './json-file.ts';
import { OffsetHandler } from './offset/offset-requests.ts';
import { OffsetTable } from './offset/offset-table.ts';
import { keepProgressWithinLog } from './offset/start-progress.ts';
import { placementSteps } from './placement/steps.ts';
import { PullHandler } from './pull/pull-message.ts';
import { Registration } from './registration.ts';
import { SendAnswers } from './send/send-answers.ts';
import { SendBackHandler } from './send/send-back.ts';
import { SendHandler } from './send/send-handler.ts';
import { BrokerStats } from './stats/broker-stats.ts';
import { drainer, listening, tableSaver } from './stop-order.ts';
import { recoverTopics } from './topic/recover-topics.ts';
import { TopicTable } from './topic/topic-table.ts';

const SCAN_CLIENTS_MS = 10_000;

export interface BrokerOptions {
  readonly platform: Platform;
  readonly logger: Logger;
  readonly config: LiveConfig<typeof brokerConfigTable>;
  /** A sentence for the operator who watches the console. Default: only the log has it. */
  readonly report?: ((sentence: string) => void) | undefined;
  /** Name of this machine, for brokers without brokerName. Never resolved. */
  readonly hostName: string;
  /** Home folder of the user: the store lies there by default. */
  readonly homeDirectory: string;
  readonly processId: number;
  /** Memory of the machine, of which `accessMessageInMemoryMaxRatio` counts as page cache. */
  readonly physicalMemoryBytes: number;
  readonly tls?: TlsServerOptions | undefined;
  /** For its connections to name servers. Default: plain. */
  readonly clientTls?: TlsClientOptions | undefined;
  /** Header codec of what the broker sends on its own. Default JSON. */
  readonly serializeType?: 'JSON' | 'ROCKETMQ';
  /** Limits of the disk from the command line, which go before those of the configuration. */
  readonly diskFractions?: DiskFractions | undefined;
  /** How many files and sockets the process may have open; default: nothing is known of a bound. */
  readonly openFilesLimit?: number | undefined;
  /** Where changed properties are kept; undefined: nowhere. */
  readonly configFile?: string | undefined;
}

/** One broker: the store and everything that serves it. Only this file knows all parts. */
export class Broker implements Service {
  readonly #options: BrokerOptions;
  readonly #logger: Logger;
  readonly #stack = new ServiceStack();
  readonly #guard: Guard;
  readonly #config: BrokerConfig;
  #identity: BrokerIdentity | undefined;
  #addressWasDetected = false;
  #stopping: Promise<void> | undefined;

  constructor(options: BrokerOptions) {
    this.#logger = options.logger.named('broker');
    this.#guard = new Guard(options.platform.clock, this.#logger);
    this.#options = { ...options, platform: guardedPlatform(options.platform, this.#guard) };
    this.#config = options.config.values;
  }

  /** Known after start. */
  get identity(): BrokerIdentity {
    if (this.#identity === undefined) throw new BrokerError('NOT_STARTED', 'the broker is not started');
    return this.#identity;
  }

  /** True when the address that clients are told was found among the interfaces, not configured. */
  get addressWasDetected(): boolean {
    return this.#addressWasDetected;
  }

  async start(): Promise<void> {
    const { platform } = this.#options;
    const config = this.#config;
    const { clock, disk } = platform;
    const root = this.#storeRoot();
    const delayLevelsMs = parseDelayLevels(config.messageDelayLevel);
    if (delayLevelsMs === undefined) {
      throw new BrokerError(
        'BAD_CONFIG',
        `messageDelayLevel=${config.messageDelayLevel} is not allowed: it takes times such as 1s 5m 2h separated by blanks`,
      );
    }
    const store = createMessageStore({
      ...this.#options,
      logger: this.#options.logger.named('store'),
      root,
      config,
      delayLevelsMs,
    });
    await this.#stack.start({ start: () => {}, stop: () => this.#guard.flush() });
    await this.#stack.start(store);

    const answerMemory = new AnswerMemory(clock);
    const server = this.#createServer(config.listenPort, 'listenPort', answerMemory);
    const fastServer = this.#createServer(config.listenPort - 2, 'fastPort', answerMemory);
    const client = createRemotingClient({
      platform,
      logger: this.#options.logger.named('remoting'),
      tls: this.#options.clientTls,
      serializeType: this.#options.serializeType ?? 'JSON',
    });
    const place = { network: platform.network, hostName: this.#options.hostName, root };
    this.#addressWasDetected = settleConfig(this.#options.config, place);
    const identity = identityOf(config, platform.network);
    this.#identity = identity;
    const storeHost = encodeHost(identity.address);

    const files: JsonFile[] = [];
    const fileOf =
      (name: string) =>
      (content: () => JsonInput): JsonFile => {
        const file = new JsonFile(disk, this.#logger, `${root}/config/${name}.json`, content);
        files.push(file);
        return file;
      };
    const topics = new TopicTable(clock, this.#logger, config, fileOf('topics'), identity, store.facts);
    const groups = new GroupTable(clock, this.#logger, config, fileOf('subscriptionGroup'));
    const offsets = new OffsetTable(() => clock.now(), this.#logger, fileOf('consumerOffset'));
    topics.load();
    groups.load();
    offsets.load();
    await recoverTopics({ store, topics, logger: this.#logger, queueNums: config.defaultTopicQueueNums });
    const retryQueues = new RetryQueues(topics, groups, offsets, store);
    await keepProgressWithinLog(store, topics, offsets);
    retryQueues.open();
    const clients = new ClientTable(clock, this.#logger);
    clients.notifies = (group) =>
      config.notifyConsumerIdsChangedEnable && groups.get(group)?.notifyConsumerIdsChangedEnable !== false;
    const locks = new QueueLocks(clock);
    const stats = new BrokerStats({
      clock,
      config,
      clusterName: identity.clusterName,
      isSystemTopic: (name) => topics.isSystemTopic(name),
    });
    const held = new HeldRequests({ clock, logger: this.#logger, store });
    const levels = new DelayLevels(clock, delayLevelsMs);
    const steps = placementSteps({ store, random: platform.random, levels, topics, retryQueues });
    const schedule = new ScheduleService({
      clock,
      logger: this.#logger,
      store,
      mover: steps.mover,
      stats,
      levels,
      saveIntervalMs: config.flushDelayOffsetInterval,
      fileOf: fileOf('delayOffset'),
    });
    const registration = new Registration({
      clock,
      logger: this.#logger,
      config,
      identity,
      topics,
      client,
      report: this.#options.report ?? (() => {}),
    });
    topics.onChange = (changed) => registration.announce(changed);
    const uniqueKeys = new UniqueKeyGenerator({ clock, random: platform.random, address: identity.address.host });
    const answers = new SendAnswers(config, identity.address, store, stats, topics);
    const brokerAddr = identity.brokerAddr;

    const handlers = [
      new SendHandler({
        clock,
        random: platform.random,
        uniqueKeys,
        config,
        ...steps,
        brokerAddr,
        clusterName: identity.clusterName,
        storeHost,
        store,
        topics,
        groups,
        locks,
        answers,
      }),
      new SendBackHandler({
        config,
        brokerAddr,
        storeHost,
        logger: this.#logger,
        store,
        ...steps,
        topics,
        groups,
        stats,
      }),
      new OffsetHandler({
        store,
        offsets,
        groups,
        topics,
        inMemoryBytes: (this.#options.physicalMemoryBytes * config.accessMessageInMemoryMaxRatio) / 100,
      }),
      new HeartbeatHandler({ clock, clients, groups, topics, stats }),
      locks,
      new AdminHandlers({
        clock,
        logger: this.#logger,
        config,
        liveConfig: this.#options.config,
        identity,
        store,
        topics,
        groups,
        retryQueues,
        clients,
        offsets,
        stats,
        schedule,
        held,
        registration,
        root,
        disk,
        network: platform.network,
        configFile: this.#options.configFile,
      }),
    ];
    const servers = [server, fastServer];
    for (const each of servers) {
      for (const handler of handlers) handler.serve(each);
      each.onConnectionOpen(() => stats.connection('CONNECT'));
      each.onConnectionClose(() => stats.connection('CLOSE'));
    }
    const pull = new PullHandler({
      clock,
      config,
      brokerAddr,
      store,
      topics,
      groups,
      clients,
      offsets,
      held,
      stats,
    });
    pull.serve(server);

    await this.#stack.start(stats);
    await this.#stack.start(schedule);
    await this.#stack.start(
      tableSaver(
        topics,
        groups,
        offsets,
        clock.every(config.flushConsumerOffsetInterval, () => {
          offsets.saveIfChanged();
          for (const file of files) file.saveAgain();
        }),
      ),
    );
    await this.#stack.start(client);
    await this.#stack.start(held);
    await this.#stack.start(listening(server, config.listenPort));
    await this.#stack.start(listening(fastServer, config.listenPort - 2));
    const scan = clock.every(SCAN_CLIENTS_MS, () => clients.dropExpired(config.channelExpiredTimeout));
    const stopScan = (): void => {
      scan.cancel();
      clients.stop();
    };
    await this.#stack.start({ start: () => {}, stop: stopScan });
    await this.#stack.start(drainer(servers, held, store, clock));
    await this.#stack.start(registration);
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stack.stop();
    return this.#stopping;
  }

  #storeRoot(): string {
    return this.#config.storePathRootDir ?? `${this.#options.homeDirectory}/store`;
  }

  #createServer(port: number, role: 'listenPort' | 'fastPort', answerMemory: AnswerMemory): RemotingServer {
    const { platform, logger, tls, serializeType = 'JSON' } = this.#options;
    const config = this.#config;
    return createRemotingServer({
      platform,
      logger: logger.named('remoting'),
      host: config.bindAddress,
      port,
      tls,
      serializeType,
      idleTimeoutMs: config.serverChannelMaxIdleTimeSeconds * 1000,
      whyUnserved: whyUnservedByBroker(role),
      answerMemory,
    });
  }
}

export function createBroker(options: BrokerOptions): Broker {
  return new Broker(options);
}
