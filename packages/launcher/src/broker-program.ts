import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import {
  type Broker,
  type BrokerConfig,
  brokerConfigTable,
  createBroker,
  machineDefaults,
  refuseRole,
  settleConfig,
} from '@rocketmq-ts/broker';
import {
  configEntries,
  configError,
  LiveConfig,
  type Logger,
  nodePlatform,
  openFilesLimit,
  readConfig,
  splitEndpoints,
} from '@rocketmq-ts/kernel';
import { MASTER_ID } from '@rocketmq-ts/protocol';
import { brokerOptions, unservedBrokerOptions } from './arguments.ts';
import { diskFractions } from './disk-fractions.ts';
import { healthSource } from './health/health-pages.ts';
import { idleKeysOf } from './idle-keys.ts';
import { followLevels } from './logs.ts';
import { metricsPlace, metricsWarnings, partsOf } from './metrics/metrics-port.ts';
import { refuseNamesrvAddr } from './namesrv-addresses.ts';
import { readPropertiesFile } from './properties-file.ts';
import type { ConfiguredServer, ServerInput, ServerProgram } from './server-process.ts';
import { tlsClientOptions, tlsServerOptions } from './tls-settings.ts';
import type { WorkerData } from './workers/node-thread.ts';
import { unservedStores, workerProperties, workerRoot } from './workers/worker-share.ts';
import type { ThreadPlan } from './workers/worker-thread.ts';
import { buildWorkers } from './workers/workers.ts';

/** A broker alone: `mqbroker`. `threadEntry` is the file that a worker's thread runs. */
export const brokerProgram = (threadEntry: URL): ServerProgram => ({
  name: 'mqbroker',
  kinds: ['broker'],
  logs: 'broker',
  options: brokerOptions,
  unservedOptions: unservedBrokerOptions,
  configure: (input) => configureBroker(input, threadEntry),
});

function configureBroker(input: ServerInput, threadEntry: URL): ConfiguredServer {
  const plan = planBroker(input);
  const { workers } = plan.config;
  const basics = {
    unknownKeys: plan.unknownKeys,
    idleKeys: plan.idleKeys,
    table: brokerConfigTable,
    logging: plan.config,
    listing: plan.listing,
    warnings: [...unservedStores(nodePlatform.disk, plan.root, workers), ...metricsWarnings(plan.config)],
  };
  if (workers > 1) {
    const { health, metricsText, ...rest } = buildWorkers(threadEntry, input, workers, (index) =>
      planWorker(input, plan, index),
    );
    return {
      ...{ ...basics, ...rest },
      health: () => healthSource(plan.config, health),
      metrics: () => ({ ...metricsPlace(plan.config), parts: () => undefined, text: metricsText }),
    };
  }
  let broker: Broker | undefined;
  return {
    ...basics,
    build: (logger) => {
      broker = plan.create(logger);
      return broker;
    },
    health: () => healthSource(plan.config, () => broker?.health()),
    metrics: () => ({ ...metricsPlace(plan.config), parts: () => partsOf(broker) }),
    bootLines: () => (broker === undefined ? [] : [brokerBootLine(broker, plan)]),
  };
}

/** The plan of one worker, made in its thread. */
export function planWorkerThread({ input, index }: WorkerData): ThreadPlan {
  const plan = planWorker(input, planBroker(input), index);
  return {
    name: plan.name,
    config: plan.config,
    create: plan.create,
    bootLine: (broker) => brokerBootLine(broker, plan),
  };
}

/**
 * What was changed over the network in one worker is kept beside its store, and lies over what all share: the shared file is
 * the operator's.
 */
function planWorker(input: ServerInput, shared: BrokerPlan, index: number): BrokerPlan & { readonly name: string } {
  const { workers, listenPort, brokerName = shared.name } = shared.config;
  const common = { properties: input.properties, brokerName, listenPort, root: shared.root };
  const root = workerRoot(shared.root, index);
  const ownFile = join(root, 'config', 'worker.properties');
  const own =
    nodePlatform.disk.stat(ownFile) === undefined
      ? new Map<string, string>()
      : readPropertiesFile(nodePlatform.disk, ownFile).properties;
  const properties = new Map([...workerProperties(common, index), ...own]);
  const plan = planBroker({ ...input, properties }, { worker: { count: workers, ownFile, ownKeys: [...own.keys()] } });
  return { ...plan, name: plan.config.brokerName ?? shared.name };
}

/** A broker that can be made: its configuration holds. */
export interface BrokerPlan {
  readonly config: BrokerConfig;
  /** Its broker name. */
  readonly name: string;
  /** Store folder. */
  readonly root: string;
  readonly unknownKeys: readonly string[];
  readonly idleKeys: readonly string[];
  readonly serializeType: 'JSON' | 'ROCKETMQ';
  /** All properties, as the broker that is made of them lists them. */
  listing(): [string, string][];
  /** `report`: a sentence for the operator who watches the console. Default: standard error has it. */
  create(logger: Logger, report?: (sentence: string) => void): Broker;
}

interface PlanOptions {
  /** Replace those of the table. */
  readonly defaults?: Partial<BrokerConfig>;
  /** Those of `defaults` that belong into a saved file, since a store made with them needs them. */
  readonly kept?: readonly string[];
  /** One of several brokers of this process. */
  readonly worker?: {
    readonly count: number;
    /** Where changed properties are kept. */
    readonly ownFile: string;
    /** What that file holds. */
    readonly ownKeys: readonly string[];
  };
}

/** Throws `CONFIG_INVALID`, `DISK_RATIO_INVALID`, `NAMESRV_ADDR_INVALID` or the broker's `BROKER_ROLE_INVALID`. Source: BrokerStartup#createBrokerController. */
export function planBroker(input: ServerInput, options: PlanOptions = {}): BrokerPlan {
  const { environment, configFile, properties } = input;
  const { defaults = {}, kept = [], worker } = options;
  const storeRoot = join(environment.userHome, 'store');
  const computed = {
    ...machineDefaults(availableParallelism()),
    rocketmqHome: environment.home,
    brokerName: environment.hostName === '' ? 'DEFAULT_BROKER' : environment.hostName,
    storePathRootDir: storeRoot,
    rmqAddressServerDomain: environment.addressServer?.domain,
    rmqAddressServerSubGroup: environment.addressServer?.subgroup,
    ...defaults,
  };
  const reading = readConfig(brokerConfigTable, withNamesrvAddr(properties, environment.namesrvAddr), computed);
  const source = configFile ?? 'command line or environment';
  refuseNamesrvAddr(reading.problems, source);
  if (reading.problems.length > 0) throw configError(reading.problems, source);
  refuseRole(reading.config);
  // A master has id 0, whatever its file has.
  const brokerId = reading.config.brokerRole === 'SLAVE' ? reading.config.brokerId : MASTER_ID;
  const config = { ...reading.config, brokerId };
  const foreign = reading.unknown.map((key): [string, string] => [key, properties.get(key) ?? '']);
  const tls = tlsServerOptions(environment.systemProperties, nodePlatform.disk);
  const fractions = diskFractions(environment.systemProperties);
  const clientTls = tlsClientOptions(environment.systemProperties, nodePlatform.disk);
  const given = worker?.ownKeys ?? [...properties.keys(), ...kept];
  const workers = worker?.count ?? 1;
  const openFiles = openFilesLimit();
  const live = (): LiveConfig<typeof brokerConfigTable> =>
    new LiveConfig(brokerConfigTable, config, { foreign, given });
  const { hostName } = environment;
  const root = config.storePathRootDir ?? storeRoot;
  return {
    config,
    name: config.brokerName ?? 'DEFAULT_BROKER',
    root,
    unknownKeys: reading.unknown,
    idleKeys: idleKeysOf(brokerConfigTable, properties, config),
    serializeType: environment.serializeType,
    listing: () => {
      const settled = live();
      settleConfig(settled, { network: nodePlatform.network, hostName, root });
      return configEntries(brokerConfigTable, settled.values);
    },
    create: (logger, report = complain) => {
      const running = live();
      followLevels(logger, running);
      return createBroker({
        platform: nodePlatform,
        logger,
        statsLogger: logger.named('stats'),
        report,
        config: running,
        hostName,
        homeDirectory: environment.userHome,
        processId: process.pid,
        // Workers share what a process may have.
        physicalMemoryBytes: Math.floor(totalmem() / workers),
        diskFractions: fractions,
        openFilesLimit: openFiles === undefined ? undefined : Math.floor(openFiles / workers),
        tls,
        clientTls,
        serializeType: environment.serializeType,
        configFile: worker?.ownFile ?? configFile ?? join(root, 'config', 'broker.properties'),
      });
    },
  };
}

const complain = (sentence: string): void => void process.stderr.write(`${sentence}\n`);

/** The environment's list is checked as one from the file is, and gives way to it. */
function withNamesrvAddr(
  properties: ReadonlyMap<string, string>,
  namesrvAddr: string | undefined,
): Map<string, string> {
  if (namesrvAddr === undefined) return new Map(properties);
  return new Map([['namesrvAddr', namesrvAddr], ...properties]);
}

/** Source: BrokerStartup#start. */
export function brokerBootLine(broker: Broker, plan: BrokerPlan): string {
  const { brokerName, brokerAddr } = broker.identity;
  const namesrvAddr = splitEndpoints(plan.config.namesrvAddr ?? '').join(';');
  const servers = namesrvAddr === '' ? '' : ` and name server is ${namesrvAddr}`;
  return `The broker[${brokerName}, ${brokerAddr}] boot success. serializeType=${plan.serializeType}${servers}`;
}
