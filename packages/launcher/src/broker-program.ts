import { totalmem } from 'node:os';
import { join } from 'node:path';
import {
  type Broker,
  type BrokerConfig,
  brokerConfigTable,
  createBroker,
  idleBrokerProperties,
} from '@rocketmq-ts/broker';
import {
  configEntries,
  configError,
  LiveConfig,
  type Logger,
  nodePlatform,
  openFilesLimit,
  readConfig,
} from '@rocketmq-ts/kernel';
import { brokerOptions } from './arguments.ts';
import { diskFractions } from './disk-fractions.ts';
import { LauncherError } from './errors.ts';
import { parseNamesrvAddresses } from './namesrv-addresses.ts';
import type { ConfiguredServer, ServerInput, ServerProgram } from './server-process.ts';
import { tlsClientOptions, tlsServerOptions } from './tls-settings.ts';

export const brokerProgram: ServerProgram = {
  name: 'mqbroker',
  kinds: ['broker'],
  logs: 'broker',
  options: brokerOptions,
  configure: configureBroker,
};

function configureBroker(input: ServerInput): ConfiguredServer {
  const plan = planBroker(input);
  let broker: Broker | undefined;
  return {
    unknownKeys: plan.unknownKeys,
    idleKeys: plan.idleKeys,
    listing: (important) => brokerListing(plan.config, important),
    build: (logger) => {
      broker = plan.create(logger);
      return broker;
    },
    bootLines: () => (broker === undefined ? [] : [brokerBootLine(broker, plan)]),
  };
}

/** A broker that can be made: its configuration holds. */
export interface BrokerPlan {
  readonly config: BrokerConfig;
  readonly namesrvAddrs: readonly string[];
  readonly unknownKeys: readonly string[];
  readonly idleKeys: readonly string[];
  readonly serializeType: 'JSON' | 'ROCKETMQ';
  create(logger: Logger): Broker;
}

/** Throws `CONFIG_INVALID`, `DISK_RATIO_INVALID`, `NAMESRV_ADDR_INVALID` or `SLAVE_ID_INVALID`. Source: BrokerStartup#createBrokerController. */
export function planBroker(input: ServerInput, defaults: Partial<BrokerConfig> = {}): BrokerPlan {
  const { environment, configFile, properties } = input;
  const storeRoot = join(environment.userHome, 'store');
  const reading = readConfig(brokerConfigTable, properties, {
    rocketmqHome: environment.home,
    brokerName: environment.hostName === '' ? 'DEFAULT_BROKER' : environment.hostName,
    storePathRootDir: storeRoot,
    ...(environment.namesrvAddr === undefined ? {} : { namesrvAddr: environment.namesrvAddr }),
    ...defaults,
  });
  if (reading.problems.length > 0) throw configError(reading.problems, configFile ?? 'command line');
  const config = placeInGroup(reading.config);
  const namesrvAddrs = parseNamesrvAddresses(config.namesrvAddr ?? '');
  const foreign = reading.unknown.map((key): [string, string] => [key, properties.get(key) ?? '']);
  const tls = tlsServerOptions(environment.systemProperties, nodePlatform.disk);
  const fractions = diskFractions(environment.systemProperties);
  const clientTls = tlsClientOptions(environment.systemProperties, nodePlatform.disk);
  return {
    config,
    namesrvAddrs,
    unknownKeys: reading.unknown.filter((key) => !idleBrokerProperties.has(key)),
    idleKeys: [...properties.keys()].filter((key) => idleBrokerProperties.has(key)),
    serializeType: environment.serializeType,
    create: (logger) =>
      createBroker({
        platform: nodePlatform,
        logger,
        config: new LiveConfig(brokerConfigTable, config, foreign),
        namesrvAddrs,
        hostName: environment.hostName,
        homeDirectory: environment.userHome,
        processId: process.pid,
        physicalMemoryBytes: totalmem(),
        diskFractions: fractions,
        openFilesLimit: openFilesLimit(),
        tls,
        clientTls,
        serializeType: environment.serializeType,
        configFile: configFile ?? join(config.storePathRootDir ?? storeRoot, 'config', 'broker.properties'),
      }),
  };
}

/** A master has id 0 whatever its file says; a slave needs one of its own. */
function placeInGroup(config: BrokerConfig): BrokerConfig {
  if (config.brokerRole !== 'SLAVE') return { ...config, brokerId: 0 };
  if (config.brokerId > 0) return config;
  throw new LauncherError('SLAVE_ID_INVALID', `Slave's brokerId must be > 0 (brokerId=${config.brokerId})`);
}

export function brokerListing(config: BrokerConfig, important: boolean): [string, string][] {
  return configEntries(brokerConfigTable, config).filter(
    ([key]) => !important || brokerConfigTable[key as keyof typeof brokerConfigTable].facts.important === true,
  );
}

/** Source: BrokerStartup#start. */
export function brokerBootLine(broker: Broker, plan: BrokerPlan): string {
  const { brokerName, brokerAddr } = broker.identity;
  const servers = plan.namesrvAddrs.length === 0 ? '' : ` and name server is ${plan.namesrvAddrs.join(';')}`;
  return `The broker[${brokerName}, ${brokerAddr}] boot success. serializeType=${plan.serializeType}${servers}`;
}
