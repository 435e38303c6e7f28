import { join } from 'node:path';
import {
  type Controller,
  connectEtcd,
  controllerConfigTable,
  createController,
  type LiveControllerConfig,
  readPeers,
  splitEtcdEndpoints,
} from '@rocketmq-ts/controller';
import {
  CodedError,
  configEntries,
  configError,
  formatEndpoint,
  isWildcard,
  type KernelErrorCode,
  LiveConfig,
  type Logger,
  localAddress,
  nodePlatform,
  readConfig,
} from '@rocketmq-ts/kernel';
import { controllerOptions } from './arguments.ts';
import { healthSource } from './health/health-pages.ts';
import { idleKeysOf } from './idle-keys.ts';
import { followLevels } from './logs.ts';
import { metricsPlace, metricsWarnings, partsOf } from './metrics/metrics-port.ts';
import type { ConfiguredServer, ServerInput, ServerProgram } from './server-process.ts';
import { tlsClientOptions, tlsServerOptions } from './tls-settings.ts';

/** A controller alone: `mqcontroller`. */
export const controllerProgram: ServerProgram = {
  name: 'mqcontroller',
  kinds: ['controller'],
  logs: 'controller',
  options: controllerOptions,
  configure: configureController,
};

function configureController(input: ServerInput): ConfiguredServer {
  const plan = planController(input, {});
  let controller: Controller | undefined;
  return {
    unknownKeys: plan.unknownKeys,
    idleKeys: plan.idleKeys,
    table: controllerConfigTable,
    logging: plan.config.values,
    warnings: metricsWarnings(plan.config.values),
    listing: () => configEntries(controllerConfigTable, plan.config.values),
    build: (logger) => {
      followLevels(logger, plan.config);
      controller = plan.create(logger.named('controller'));
      return controller;
    },
    health: () => healthSource(plan.config.values, () => controller?.health()),
    metrics: () => ({ ...metricsPlace(plan.config.values), parts: () => partsOf(controller) }),
    bootLines: () => (controller === undefined ? [] : [controllerBootLine(controller, plan)]),
  };
}

/** A controller that can be made: its configuration holds. */
interface ControllerPlan {
  readonly config: LiveControllerConfig;
  readonly serializeType: 'JSON' | 'ROCKETMQ';
  readonly unknownKeys: readonly string[];
  readonly idleKeys: readonly string[];
  create(logger: Logger): Controller;
}

/**
 * The controller of a properties file, in which changed properties are kept; without one, in `~/controller/controller.properties`. With
 * `isInNamesrv` the file is a name server's as well. Throws `CONFIG_INVALID` or `TLS_SETTING_INVALID`. Source: ControllerStartup#createControllerManager.
 */
export function planController(input: ServerInput, { isInNamesrv = false }: { isInNamesrv?: boolean }): ControllerPlan {
  const { environment, configFile, properties } = input;
  const reading = readConfig(controllerConfigTable, properties, {
    rocketmqHome: environment.home,
    configStorePath: configFile ?? join(environment.userHome, 'controller', 'controller.properties'),
  });
  const source = configFile ?? 'command line';
  if (reading.problems.length > 0) throw configError(reading.problems, source);
  const peers = readPeers(reading.config);
  if ('problem' in peers) throw new CodedError<KernelErrorCode>('CONFIG_INVALID', `${peers.problem} (${source})`);
  const foreign = reading.unknown.map((key) => [key, properties.get(key)!] as const);
  const config = new LiveConfig(controllerConfigTable, reading.config, { foreign, given: properties.keys() });
  const etcdTls = readEtcdTls(config);
  const { serializeType, systemProperties } = environment;
  const tls = tlsServerOptions(systemProperties, nodePlatform.disk);
  const clientTls = tlsClientOptions(systemProperties, nodePlatform.disk);
  return {
    config,
    serializeType,
    unknownKeys: reading.unknown,
    idleKeys: idleKeysOf(controllerConfigTable, properties, reading.config),
    create: (logger) =>
      createController({
        platform: nodePlatform,
        logger,
        config,
        peers,
        isInNamesrv,
        localHost: hostOf(config),
        connectEtcd: () => openEtcd(config, etcdTls, logger),
        tls,
        clientTls,
        serializeType,
      }),
  };
}

function openEtcd({ values }: LiveControllerConfig, tls: EtcdTls | undefined, logger: Logger) {
  return connectEtcd({
    endpoints: splitEtcdEndpoints(values.etcdEndpoints),
    timeoutMs: values.etcdTimeoutMillis,
    ...(values.etcdUser !== undefined && { auth: { username: values.etcdUser, password: values.etcdPassword } }),
    ...(tls && { tls }),
    clock: nodePlatform.clock,
    logger,
  });
}

interface EtcdTls {
  readonly ca: Buffer;
  readonly certificate?: Buffer | undefined;
  readonly key?: Buffer | undefined;
}

function readEtcdTls({ values }: LiveControllerConfig): EtcdTls | undefined {
  const { etcdCaPath, etcdCertPath, etcdKeyPath } = values;
  if (etcdCaPath === undefined) return undefined;
  const read = (key: string, path: string): Buffer => {
    const content = nodePlatform.disk.readFile(path);
    if (content === undefined) throw new CodedError<KernelErrorCode>('CONFIG_INVALID', `${key}=${path} does not exist`);
    return content;
  };
  return {
    ca: read('etcdCaPath', etcdCaPath),
    certificate: etcdCertPath === undefined ? undefined : read('etcdCertPath', etcdCertPath),
    key: etcdKeyPath === undefined ? undefined : read('etcdKeyPath', etcdKeyPath),
  };
}

/** Where brokers find a controller whose configuration names no peers. */
function hostOf({ values }: LiveControllerConfig): string {
  return isWildcard(values.bindAddress) ? localAddress(nodePlatform.network) : values.bindAddress;
}

/** Source: ControllerStartup#main0. */
export function controllerBootLine(controller: Controller, { config, serializeType }: ControllerPlan): string {
  const address = formatEndpoint({ host: config.values.bindAddress, port: controller.port });
  const { etcdEndpoints } = config.values;
  return `The Controller Server boot success. serializeType=${serializeType}, address ${address}, etcd ${etcdEndpoints}`;
}
