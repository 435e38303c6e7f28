import { join } from 'node:path';
import { configEntries, configError, formatEndpoint, LiveConfig, nodePlatform, readConfig } from '@rocketmq-ts/kernel';
import { createNamesrv, type LiveNamesrvConfig, type Namesrv, namesrvConfigTable } from '@rocketmq-ts/namesrv';
import { namesrvOptions } from './arguments.ts';
import type { ConfiguredServer, ServerInput, ServerProgram } from './server-process.ts';
import { tlsClientOptions, tlsServerOptions } from './tls-settings.ts';

/** Options that are among the properties under their long names and mean nothing to a name server. */
const COMMAND_LINE_ONLY = new Set(['namesrvAddr']);

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
  const { serializeType, systemProperties } = input.environment;
  const tls = tlsServerOptions(systemProperties, nodePlatform.disk);
  const clientTls = tlsClientOptions(systemProperties, nodePlatform.disk);
  let namesrv: Namesrv | undefined;
  return {
    unknownKeys,
    table: namesrvConfigTable,
    listing: () => configEntries(namesrvConfigTable, config.values),
    build: (logger) => {
      namesrv = createNamesrv({
        platform: nodePlatform,
        logger: logger.named('namesrv'),
        config,
        tls,
        clientTls,
        serializeType,
      });
      return namesrv;
    },
    bootLines: () => [
      `The Name Server boot success. serializeType=${serializeType}, address ${formatEndpoint({ host: config.values.bindAddress, port: namesrv?.port ?? config.values.listenPort })}`,
    ],
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
