import { join, resolve } from 'node:path';
import { type Broker, brokerConfigTable, isMeasured } from '@rocketmq-ts/broker';
import {
  CodedError,
  type FileLogger,
  formatEndpoint,
  type KernelErrorCode,
  nodePlatform,
  ServiceStack,
  systemErrorCode,
} from '@rocketmq-ts/kernel';
import { createNamesrv, type Namesrv } from '@rocketmq-ts/namesrv';
import { standaloneOptions, unservedBrokerOptions } from './arguments.ts';
import { type BrokerPlan, brokerBootLine, planBroker } from './broker-program.ts';
import { StandaloneConsole } from './dashboard/standalone-console.ts';
import { LauncherError } from './errors.ts';
import { healthSource } from './health/health-pages.ts';
import { logDirectory } from './logs.ts';
import { metricsPlace, metricsWarnings, partsOf } from './metrics/metrics-port.ts';
import { namesrvConfig } from './namesrv-program.ts';
import type { ConfiguredServer, ServerInput, ServerProgram } from './server-process.ts';
import { tlsClientOptions, tlsServerOptions } from './tls-settings.ts';

const MIB = 1024 * 1024;
const DEFAULT_NAMESRV_PORT = 9876;
const DEFAULT_DASHBOARD_PORT = 8080;

/**
 * What a machine for development wants, where the configuration file has nothing else: a name that does not change with
 * the machine's, and files of 64 MiB (commit log) and 15,000 units (consume queue) instead of 1 GiB and 300,000. A store
 * keeps the sizes that it was made with.
 */
const DEVELOPMENT = {
  brokerName: 'broker-a',
  mappedFileSizeCommitLog: 64 * MIB,
  mappedFileSizeConsumeQueue: 300_000,
};

/** Name server and broker in one process, with a store of its own: `npm start`. */
export const standaloneProgram: ServerProgram = {
  name: 'mqstart',
  kinds: ['namesrv', 'broker'],
  logs: 'standalone',
  options: standaloneOptions,
  unservedOptions: unservedBrokerOptions,
  configure: configureStandalone,
};

function configureStandalone(input: ServerInput): ConfiguredServer {
  const { environment } = input;
  const { namesrvPort, dashboardPort, data, brokerProperties } = splitProperties(input);
  const namesrvProperties = new Map([
    ['listenPort', String(namesrvPort)],
    ['kvConfigPath', join(data, 'namesrv', 'kvConfig.json')],
    ['configStorePath', join(data, 'namesrv', 'namesrv.properties')],
  ]);
  const { config } = namesrvConfig({ environment, configFile: undefined, properties: namesrvProperties });
  const ownNamesrv = formatEndpoint({ host: '127.0.0.1', port: namesrvPort });
  const plan = planBroker(
    // Its own name server is known without asking the environment.
    { ...input, environment: { ...environment, namesrvAddr: undefined }, properties: brokerProperties },
    {
      defaults: { ...DEVELOPMENT, storePathRootDir: join(data, 'store'), namesrvAddr: ownNamesrv },
      kept: Object.keys(DEVELOPMENT),
    },
  );
  if (plan.config.workers > 1) {
    const sentence = `workers=${plan.config.workers} needs a name server of its own: start sh bin/mqnamesrv, then sh bin/mqbroker -n 127.0.0.1:9876 with this file`;
    throw new LauncherError('WORKERS_INVALID', sentence);
  }
  let broker: Broker | undefined;
  let logs: FileLogger | undefined;
  const console = new StandaloneConsole({
    ...{ host: plan.config.bindAddress, port: dashboardPort, namesrvAddr: ownNamesrv, data, environment },
    print: (line) => void process.stdout.write(`${line}\n`),
  });
  let namesrv: Namesrv | undefined;
  return {
    unknownKeys: plan.unknownKeys,
    idleKeys: plan.idleKeys,
    table: brokerConfigTable,
    logging: plan.config,
    warnings: metricsWarnings(plan.config),
    listing: plan.listing,
    build: (logger) => {
      logs = logger;
      const { serializeType, systemProperties } = environment;
      const created = createNamesrv({
        platform: nodePlatform,
        logger: logger.named('namesrv'),
        config,
        tls: tlsServerOptions(systemProperties, nodePlatform.disk),
        clientTls: tlsClientOptions(systemProperties, nodePlatform.disk),
        serializeType,
        isMeasured: isMeasured(plan.config),
        localBrokerPort: (address) => (broker === undefined ? undefined : detectedPort(broker, address)),
      });
      namesrv = created;
      const stack = new ServiceStack();
      broker = plan.create(logger);
      const started = broker;
      return {
        start: async () => {
          await stack.start(created).catch((error: unknown) => {
            if (systemErrorCode(error) !== 'EADDRINUSE') throw error;
            throw new LauncherError(
              'NAMESRV_PORT_IN_USE',
              `Port ${namesrvPort} is in use: stop the name server that runs there, or give this one another port with -np`,
              { cause: error },
            );
          });
          await stack.start(started);
        },
        stop: async () => {
          await console.stop();
          await stack.stop();
        },
      };
    },
    health: () => healthSource(plan.config, () => broker?.health()),
    metrics: () => ({ ...metricsPlace(plan.config), parts: () => partsOf(broker, namesrv) }),
    bootLines: () => (broker === undefined ? [] : readyLines(broker, plan, namesrvPort, data, environment.userHome)),
    // Its code is loaded only now, so that name server and broker do not wait for it.
    afterStart: async () => (logs === undefined ? undefined : console.start(logs)),
  };
}

/** Options of this program are among the properties under their long names; the rest is the broker's. */
function splitProperties(input: ServerInput): {
  namesrvPort: number;
  dashboardPort: number;
  data: string;
  brokerProperties: Map<string, string>;
} {
  const brokerProperties = new Map(input.properties);
  const namesrvPort = portOf(brokerProperties, 'namesrvPort', DEFAULT_NAMESRV_PORT, 1);
  const dashboardPort = portOf(brokerProperties, 'dashboardPort', DEFAULT_DASHBOARD_PORT, 0);
  const data = brokerProperties.get('data') ?? input.environment.dataFolder ?? join(input.environment.root, 'data');
  for (const key of ['namesrvPort', 'dashboardPort', 'data']) brokerProperties.delete(key);
  return { namesrvPort, dashboardPort, data: resolve(data), brokerProperties };
}

function portOf(properties: ReadonlyMap<string, string>, key: string, fallback: number, min: number): number {
  const text = properties.get(key) ?? String(fallback);
  if (/^\d{1,5}$/.test(text) && Number(text) >= min && Number(text) <= 65535) return Number(text);
  const sentence = `${key}=${text} is not allowed: it takes a whole number from ${min} to 65535`;
  throw new CodedError<KernelErrorCode>('CONFIG_INVALID', sentence);
}

function detectedPort(broker: Broker, address: string): number | undefined {
  const { brokerAddr, address: own } = broker.identity;
  return broker.addressWasDetected && address === brokerAddr ? own.port : undefined;
}

function readyLines(broker: Broker, plan: BrokerPlan, namesrvPort: number, data: string, userHome: string): string[] {
  return [
    brokerBootLine(broker, plan),
    `Ready: name server on port ${namesrvPort}, broker ${broker.identity.brokerAddr}; clients use NAMESRV_ADDR=127.0.0.1:${namesrvPort}`,
    `Data in ${data}, logs in ${logDirectory(userHome)}. Ctrl-C stops it.`,
  ];
}
