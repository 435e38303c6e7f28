import { type Broker, brokerConfigTable, createBroker } from '@rocketmq-ts/broker';
import { configError, LiveConfig, type Logger, type Platform, readConfig } from '@rocketmq-ts/kernel';
import { createNamesrv, type Namesrv, namesrvConfigTable } from '@rocketmq-ts/namesrv';

/** Lines of a properties file. */
export type Properties = Readonly<Record<string, string>>;

const PHYSICAL_MEMORY_BYTES = 1e9;

/** A broker of these properties on a platform, not started. Throws `CONFIG_INVALID`. */
export function makeBroker(platform: Platform, logger: Logger, hostName: string, properties: Properties): Broker {
  const { config, problems } = readConfig(brokerConfigTable, new Map(Object.entries(properties)));
  if (problems.length > 0) throw configError(problems, `the properties of ${hostName}`);
  return createBroker({
    platform,
    logger,
    config: new LiveConfig(brokerConfigTable, config),
    hostName,
    homeDirectory: '/home',
    processId: 1,
    physicalMemoryBytes: PHYSICAL_MEMORY_BYTES,
  });
}

/** A name server of these properties on a platform, not started. Throws `CONFIG_INVALID`. */
export function makeNameServer(platform: Platform, logger: Logger, properties: Properties): Namesrv {
  const { config, problems } = readConfig(namesrvConfigTable, new Map(Object.entries(properties)));
  if (problems.length > 0) throw configError(problems, 'the properties of a name server');
  return createNamesrv({ platform, logger, config: new LiveConfig(namesrvConfigTable, config) });
}
