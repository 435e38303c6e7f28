import { join } from 'node:path';
import { type Controller, controllerConfigTable } from '@rocketmq-ts/controller';
import {
  configEntries,
  configError,
  formatEndpoint,
  LiveConfig,
  nodePlatform,
  readConfig,
  type Service,
  ServiceStack,
} from '@rocketmq-ts/kernel';
import { createNamesrv, type LiveNamesrvConfig, type Namesrv, namesrvConfigTable } from '@rocketmq-ts/namesrv';
import { namesrvOptions } from './arguments.ts';
import { controllerBootLine, planController } from './controller-program.ts';
import { healthSource } from './health/health-pages.ts';
import { idleKeysOf, isUsed } from './idle-keys.ts';
import { followLevels } from './logs.ts';
import { metricsPlace, metricsWarnings, partsOf } from './metrics/metrics-port.ts';
import type { ConfiguredServer, ServerInput, ServerProgram } from './server-process.ts';
import { tlsClientOptions, tlsServerOptions } from './tls-settings.ts';

/** Options that are among the properties under their long names and mean nothing to a name server. */
const COMMAND_LINE_ONLY = new Set(['namesrvAddr']);
/** The name server's own properties in a file that a controller of its process has as well; changes of either are kept there. */
const OWN_IN_SHARED_FILE = new Set(['listenPort', 'healthPort', 'configStorePath', 'namesrvAddr']);

/** A name server alone: `mqnamesrv`. */
export const namesrvProgram: ServerProgram = {
  name: 'mqnamesrv',
  kinds: ['namesrv'],
  logs: 'namesrv',
  options: namesrvOptions,
  configure: configureNamesrv,
};

function configureNamesrv(input: ServerInput): ConfiguredServer {
  const { config, unknownKeys } = namesrvConfig(input);
  const idleKeys = idleKeysOf(namesrvConfigTable, input.properties, config.values);
  const { serializeType, systemProperties } = input.environment;
  const tls = tlsServerOptions(systemProperties, nodePlatform.disk);
  const clientTls = tlsClientOptions(systemProperties, nodePlatform.disk);
  const plan = config.values.enableControllerInNamesrv
    ? planController(controllerInput(input), { isInNamesrv: true })
    : undefined;
  let namesrv: Namesrv | undefined;
  let controller: Controller | undefined;
  return {
    unknownKeys: plan === undefined ? unknownKeys : unknownKeys.filter((key) => plan.unknownKeys.includes(key)),
    idleKeys: plan === undefined ? idleKeys : idleInBoth([...idleKeys, ...plan.idleKeys]),
    table: namesrvConfigTable,
    logging: config.values,
    warnings: metricsWarnings(config.values),
    listing: () => configEntries(namesrvConfigTable, config.values),
    build: (logger) => {
      followLevels(logger, config);
      namesrv = createNamesrv({
        platform: nodePlatform,
        logger: logger.named('namesrv'),
        config,
        tls,
        clientTls,
        serializeType,
      });
      controller = plan?.create(logger.named('controller'));
      return both(namesrv, controller);
    },
    health: () => healthSource(config.values, () => namesrv?.health()),
    metrics: () => ({
      ...metricsPlace(config.values),
      parts: () => (plan === undefined ? partsOf(namesrv) : partsOf(namesrv, controller)),
    }),
    bootLines: () => [
      `The Name Server boot success. serializeType=${serializeType}, address ${formatEndpoint({ host: config.values.bindAddress, port: namesrv?.port ?? config.values.listenPort })}`,
      ...(plan === undefined || controller === undefined ? [] : [controllerBootLine(controller, plan)]),
    ],
  };
}

/** The controller has the properties of the file but for those that are the name server's own. */
function controllerInput(input: ServerInput): ServerInput {
  const properties = new Map([...input.properties].filter(([key]) => !OWN_IN_SHARED_FILE.has(key)));
  return { ...input, properties };
}

/** What is idle for one of the two may be read by the other, as `scanNotActiveBrokerInterval` is. */
function idleInBoth(keys: readonly string[]): string[] {
  const tables = [namesrvConfigTable, controllerConfigTable];
  return [...new Set(keys)].filter((key) => !tables.some((table) => isUsed(table, key)));
}

function both(namesrv: Namesrv, controller: Controller | undefined): Service {
  if (controller === undefined) return namesrv;
  const stack = new ServiceStack();
  return {
    start: async () => {
      await stack.start(namesrv);
      await stack.start(controller);
    },
    stop: () => stack.stop(),
  };
}

/** A name server's configuration from its file, with the places where it keeps things. Throws `CONFIG_INVALID`. */
export function namesrvConfig(input: ServerInput): { config: LiveNamesrvConfig; unknownKeys: string[] } {
  const { environment, configFile, properties } = input;
  const folder = join(environment.userHome, 'namesrv');
  const reading = readConfig(namesrvConfigTable, properties, {
    rocketmqHome: environment.home,
    kvConfigPath: join(folder, 'kvConfig.json'),
    configStorePath: configFile ?? join(folder, 'namesrv.properties'),
  });
  if (reading.problems.length > 0) throw configError(reading.problems, configFile ?? 'command line');
  const foreign = reading.unknown.filter((key) => !COMMAND_LINE_ONLY.has(key));
  const kept = foreign.map((key) => [key, properties.get(key)!] as const);
  const origin = { foreign: kept, given: properties.keys() };
  return { config: new LiveConfig(namesrvConfigTable, reading.config, origin), unknownKeys: foreign };
}
