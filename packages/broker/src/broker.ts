import {
  type ExposedPart,
  Guard,
  guardedPlatform,
  type Health,
  type Logger,
  type Service,
  ServiceStack,
} from '@rocketmq-ts/kernel';
import { createRemotingClient, type RemotingClient } from '@rocketmq-ts/remoting';
import { createMessageStore, type MessageStore } from '@rocketmq-ts/store';
import { ActingMaster } from './acting/acting-master.ts';
import { adminFeature } from './admin/index.ts';
import type { BrokerOptions } from './broker-options.ts';
import { ColdReads } from './cold-data/cold-reads.ts';
import { ControllerMode } from './controller-mode/controller-mode.ts';
import { FENCED } from './controller-mode/replica-sides.ts';
import { configuredDelaysMs, DelayLevels } from './delay/delay-levels.ts';
import { ScheduleService } from './delay/schedule.ts';
import { BrokerError } from './errors.ts';
import { Escape } from './escape/escape.ts';
import type { Feature } from './feature.ts';
import { ConsumerFilters } from './filter/consumer-filters.ts';
import { Clients } from './group/clients.ts';
import { HeldRequests } from './hold/held-requests.ts';
import { type BrokerIdentity, identityOf, settleConfig } from './identity.ts';
import { JsonFiles } from './json-file.ts';
import { BrokerMetrics, isMeasured } from './metrics/broker-metrics.ts';
import { OffsetHandler } from './offset/offset-requests.ts';
import { PeekHandler } from './peek/peek-handler.ts';
import { placementSteps } from './placement/steps.ts';
import { Ports } from './ports.ts';
import { PullHandler } from './pull/pull-message.ts';
import { nameServerListOf } from './registration/name-server-list.ts';
import { Registration } from './registration/registration.ts';
import { Replication } from './replication/replication.ts';
import { ReplyHandler } from './reply/reply-handler.ts';
import { BrokerRole } from './role/broker-role.ts';
import { Duties } from './role/duties.ts';
import { SavedTables } from './saved-tables.ts';
import { sendFeature, sendParts } from './send/send-feature.ts';
import { RefusedRequests } from './slave/refused-requests.ts';
import { RequestModes } from './slave/request-modes.ts';
import { takeReturnedProgress } from './slave/returned-progress.ts';
import { SlaveSynchronize } from './slave/slave-synchronize.ts';
import { MappingCleaner } from './static-topic/mapping-cleaner.ts';
import { OtherBrokers } from './static-topic/other-brokers.ts';
import { StaticTopics } from './static-topic/static-topics.ts';
import { BrokerStats } from './stats/broker-stats.ts';
import { RecallHandler } from './timer/recall.ts';
import { TimerPlaces } from './timer/timer-places.ts';
import { TimerService, timerWheelParts } from './timer/timer-service.ts';
import { TopicTable } from './topic/topic-table.ts';
import { TopicsOfLog } from './topic/topics-of-log.ts';
import { TopicCounts } from './topic-counts.ts';
import { HalfMessages } from './transaction/half-messages.ts';
import { Transactions } from './transaction/transactions.ts';

/** What the features are made on. */
interface BrokerParts {
  readonly store: MessageStore;
  readonly files: JsonFiles;
  readonly topics: TopicTable;
  readonly levels: DelayLevels;
  /** Store folder. */
  readonly root: string;
  readonly identity: BrokerIdentity;
  readonly role: BrokerRole;
}

/** One broker: the store and the features that serve it. Only this file knows all of them; it makes and orders them. */
export class Broker implements Service {
  readonly #options: BrokerOptions;
  readonly #logger: Logger;
  readonly #stack = new ServiceStack();
  readonly #guard: Guard;
  #identity: BrokerIdentity | undefined;
  #addressWasDetected = false;
  #store: MessageStore | undefined;
  #registration: Registration | undefined;
  #metrics: BrokerMetrics | undefined;
  #isStarted = false;
  #stopping: Promise<void> | undefined;

  constructor(options: BrokerOptions) {
    this.#logger = options.logger.named('broker');
    this.#guard = new Guard(options.platform.clock, this.#logger);
    this.#options = { ...options, platform: guardedPlatform(options.platform, this.#guard) };
  }

  /** Known after start. */
  get identity(): BrokerIdentity {
    if (this.#identity === undefined) throw new BrokerError('NOT_STARTED', 'the broker is not started');
    return this.#identity;
  }

  /** True when the address that clients are given was found among the interfaces, not configured. */
  get addressWasDetected(): boolean {
    return this.#addressWasDetected;
  }

  async start(): Promise<void> {
    const { platform, logger, config, hostName, homeDirectory } = this.#options;
    const { processId, diskFractions, openFilesLimit } = this.#options;
    const root = config.values.storePathRootDir ?? `${homeDirectory}/store`;
    const delayLevelsMs = configuredDelaysMs(config.values);
    const role = new BrokerRole(config);
    await this.#stack.start({ stop: () => this.#guard.flush() });
    this.#addressWasDetected = settleConfig(config, { network: platform.network, hostName, root });
    this.#identity = identityOf(config.values, platform.network);
    const store = createMessageStore({
      ...{ platform, logger: logger.named('store'), root, config: config.values, delayLevelsMs },
      ...{ processId, diskFractions, openFilesLimit },
      whenLocked: () => topics.load(),
      queueTypeOf: (topic) => topics.queueTypeOf(topic),
    });
    this.#store = store;
    const { clock, disk } = platform;
    const files = new JsonFiles({ clock, disk, logger: this.#logger, root });
    const topics = new TopicTable({
      ...{ logger: this.#logger, config: config.values, identity: this.#identity, files },
      log: store.facts,
    });
    if (config.values.enableControllerMode) store.promise(FENCED);
    await this.#stack.start(store);
    const levels = new DelayLevels(clock, delayLevelsMs);
    for (const feature of this.#features({ store, files, topics, levels, root, role, identity: this.#identity }))
      await this.#stack.start(feature);
    this.#isStarted = true;
  }

  /**
   * Makes the features and lists them in the order of their start. They stop in the reverse order: the broker leaves the name
   * servers, answers what it has, closes its ports, ends what works in the background, saves its tables; the store is last.
   */
  #features({ store, files, topics, levels, root, role, identity }: BrokerParts): readonly Feature[] {
    const { platform, config: liveConfig, physicalMemoryBytes, configFile, report, statsLogger } = this.#options;
    const { clock, random, disk, network } = platform;
    const logger = this.#logger;
    const config = liveConfig.values;
    const basics = { clock, logger, config, identity, store };

    const tables = new SavedTables({ ...basics, files, topics, role });
    const { mappings, groups, offsets, retryQueues } = tables;
    const isSystemTopic = (name: string): boolean => topics.isSystemTopic(name);
    const exposedLimit = isMeasured(config) ? config.metricsOtelCardinalityLimit : undefined;
    const stats = new BrokerStats({
      clock,
      config,
      clusterName: identity.clusterName,
      isSystemTopic,
      exposedLimit,
      logger: statsLogger,
      slowLogger: logger.named('store'),
    });
    const filters = new ConsumerFilters({ clock, logger: logger.named('filter'), config, files });
    const clientFeature = new Clients({ clock, logger, config, groups, topics, stats, filters });
    const { table: clients, locks } = clientFeature;
    const held = new HeldRequests({ clock, logger, store });
    const ofTransactions = { ...basics, logger: logger.named('transaction') };
    const metrics = new TopicCounts({ ...ofTransactions, disk, root }, 'transactionMetrics', 'transactionCount');
    const halves = new HalfMessages(metrics);
    const timerBasics = { ...basics, disk, root };
    const wheel = timerWheelParts(timerBasics);
    const timers = new TimerPlaces({ ...basics, random, wheel: wheel.files.wheel, timerClock: wheel.timerClock });
    const client = this.#nameServerClient();
    const nameServerList = nameServerListOf(config, platform, logger);
    const remote = new Escape({ ...basics, role, client, nameServerList });
    const steps = placementSteps({ store, random, halves, levels, timers, topics, retryQueues, remote });
    const transactions = new Transactions({ ...ofTransactions, ...steps, topics, offsets, clients, stats, metrics });
    const timerService = new TimerService({ ...timerBasics, ...wheel, mover: steps.mover, stats });
    const schedule = new ScheduleService({ clock, logger, config, store, files, levels, stats, mover: steps.mover });
    const registration = new Registration({ ...basics, role, topics, mappings, client, nameServerList, report });
    this.#registration = registration;
    const aliveReplicas = (): number => acting.aliveReplicas;
    const replication = new Replication({ ...basics, network, role, aliveReplicas, metrics: stats.table.metrics });
    const requestModes = new RequestModes({ logger, disk, root, topics, groups });
    const coldReads = new ColdReads({ ...basics, physicalMemoryBytes });
    const others = new OtherBrokers({ clock, client, config, nameServerList });
    const duties = new Duties({ clock, logger, role }, [
      new TopicsOfLog({ ...basics, topics }),
      ...[transactions, schedule, timerService],
    ]);
    const progress = { clock, client, config, offsets, schedule, timers: timerService, transactions };
    const acting = new ActingMaster({
      ...{ ...basics, role, topics, client, nameServerList },
      dutiesSettled: () => duties.settled(),
      hearsMaster: () => replication.hearsMaster,
      isFollowedFrom: (host) => replication.isFollowedFrom(host),
      takeProgressFrom: (slave) => takeReturnedProgress(progress, slave),
    });
    const controllerMode = config.enableControllerMode
      ? [
          new ControllerMode({
            ...{ ...basics, disk, network, files, role, duties, topics, client, registration, root },
            metrics: stats.table.metrics,
          }),
        ]
      : [];
    const ports = new Ports(this.#options);
    const sends = sendParts({ ...basics, ...steps, random, halves, topics, groups, locks, stats });

    const features: readonly Feature[] = [
      tables,
      // First of all: nothing may be put before the store knows what puts wait for.
      // In controller mode that is the feature of the same name.
      ...(config.enableControllerMode ? [] : [replication]),
      filters,
      stats,
      transactions,
      schedule,
      timerService,
      duties,
      new RecallHandler({ ...basics, ...steps, topics, stats }),
      sendFeature(sends),
      new ReplyHandler({ ...sends, clients }),
      coldReads,
      new PullHandler({
        ...{ ...basics, role, physicalMemoryBytes, topics, groups, clients, filters, offsets, held, stats, coldReads },
      }),
      new PeekHandler({ ...basics, random, topics, groups, offsets, held, stats }),
      new OffsetHandler({ config, physicalMemoryBytes, store, offsets, groups, topics }),
      adminFeature({
        ...basics,
        ...{ role, liveConfig, configFile, root, disk, network },
        ...{ topics, mappings, groups, offsets, retryQueues, clients, filters, stats, schedule, held, registration },
        coldReads,
        timers: timerService,
        divergence: () => (controllerMode[0] ?? replication).divergence,
      }),
      // Behind the handlers that it wraps.
      new StaticTopics({ ...basics, mappings, offsets, others }),
      new MappingCleaner({ ...basics, mappings, others }),
      client,
      nameServerList,
      ...controllerMode,
      held,
      new RefusedRequests({ config, role }),
      requestModes,
      ports,
      clientFeature,
      ports.draining(held, store),
      registration,
      acting,
      new SlaveSynchronize({
        ...{ ...basics, role, client, topics, mappings, groups, offsets, held },
        ...{ schedule, timers: timerService, registration, requestModes },
      }),
    ];
    ports.register(features);
    if (exposedLimit !== undefined) {
      this.#metrics = new BrokerMetrics({
        ...{ ...basics, disk, root, role, topics, groups, clients, offsets, held, stats },
        ...{ timers: timerService, halfMessages: metrics },
        connections: () => ports.connectionCount,
        answerBytes: () => ports.answerBytes,
        sendBytes: () => sends.answers.inFlight.bytes + sends.answers.unsaved.bytes,
        isRegistered: () => !registration.isUnknown,
      });
      for (const interceptor of this.#metrics.interceptors) ports.intercept(interceptor);
    }
    return features;
  }

  #nameServerClient(): RemotingClient {
    const { platform, logger, clientTls, serializeType = 'JSON' } = this.#options;
    return createRemotingClient({ platform, logger: logger.named('remoting'), tls: clientTls, serializeType });
  }

  /** What is shown to those who collect metrics; undefined before the start, and where nobody does. */
  get metrics(): ExposedPart | undefined {
    return this.#isStarted ? this.#metrics : undefined;
  }

  /** A store that promises nothing any more is a defect; a broker that no name server knows is not ready. */
  health(): Health {
    const store = this.#store?.facts;
    const isFailed = store?.state === 'READ_ONLY';
    const defects = isFailed
      ? [`the store takes no messages until it is opened again: ${store.notWritableBecause}`]
      : [];
    if (this.#stopping !== undefined) return { defects, unready: ['it is stopping'] };
    if (!this.#isStarted) return { defects, unready: ['it is starting'] };
    const isUnknown = this.#registration?.isUnknown === true;
    return { defects, unready: isUnknown ? [...defects, 'no name server knows it'] : defects };
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stack.stop();
    return this.#stopping;
  }
}

export function createBroker(options: BrokerOptions): Broker {
  return new Broker(options);
}
