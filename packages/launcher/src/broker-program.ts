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
import { idleKeysOf } from './idle-keys.ts';
import { refuseNamesrvAddr } from './namesrv-addresses.ts';
import type { ConfiguredServer, ServerInput, ServerProgram } from './server-process.ts';
import { tlsClientOptions, tlsServerOptions } from './tls-settings.ts';

/** A broker alone: `mqbroker`. */
export const brokerProgram: ServerProgram = {
  name: 'mqbroker',
  kinds: ['broker'],
  logs: 'broker',
  options: brokerOptions,
  unservedOptions: unservedBrokerOptions,
  configure: configureBroker,
};

function configureBroker(input: ServerInput): ConfiguredServer {
  const plan = planBroker(input);
  let broker: Broker | undefined;
  return {
    unknownKeys: plan.unknownKeys,
    idleKeys: plan.idleKeys,
    table: brokerConfigTable,
    listing: plan.listing,
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
  readonly unknownKeys: readonly string[];
  readonly idleKeys: readonly string[];
  readonly serializeType: 'JSON' | 'ROCKETMQ';
  /** All properties, as the broker that is made of them lists them. */
  listing(): [string, string][];
  create(logger: Logger): Broker;
}

/**
 * `defaults` replace those of the table; `kept` names those of them that belong into a saved file, since a store made with them
 * needs them. Throws `CONFIG_INVALID`, `DISK_RATIO_INVALID`, `NAMESRV_ADDR_INVALID` or the broker's `BROKER_ROLE_INVALID`. Source: BrokerStartup#createBrokerController.
 */
export function planBroker(
  input: ServerInput,
  defaults: Partial<BrokerConfig> = {},
  kept: readonly string[] = [],
): BrokerPlan {
  const { environment, configFile, properties } = input;
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
  const given = [...properties.keys(), ...kept];
  const live = (): LiveConfig<typeof brokerConfigTable> =>
    new LiveConfig(brokerConfigTable, config, { foreign, given });
  const { hostName } = environment;
  const root = config.storePathRootDir ?? storeRoot;
  return {
    config,
    unknownKeys: reading.unknown,
    idleKeys: idleKeysOf(brokerConfigTable, properties, config),
    serializeType: environment.serializeType,
    listing: () => {
      const settled = live();
      settleConfig(settled, { network: nodePlatform.network, hostName, root });
      return configEntries(brokerConfigTable, settled.values);
    },
    create: (logger) =>
      createBroker({
        platform: nodePlatform,
        logger,
        report: (sentence) => void process.stderr.write(`${sentence}\n`),
        config: live(),
        hostName,
        homeDirectory: environment.userHome,
        processId: process.pid,
        physicalMemoryBytes: totalmem(),
        diskFractions: fractions,
        openFilesLimit: openFilesLimit(),
        tls,
        clientTls,
        serializeType: environment.serializeType,
        configFile: configFile ?? join(root, 'config', 'broker.properties'),
      }),
  };
}

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
