import { type Broker, brokerConfigTable, createBroker } from '@rocketmq-ts/broker';
import { LiveConfig, nodePlatform, readConfig, silentLogger } from '@rocketmq-ts/kernel';

/**
 * Brokers in one process, so that the same compiled code serves all: one for each list of properties that is given as a JSON
 * object. Prints a line when they serve, and runs until it is killed.
 */
const brokers = process.argv.slice(2).map((given, at): Broker => {
  const properties = new Map(Object.entries(JSON.parse(given) as Record<string, string>));
  const { config, problems } = readConfig(brokerConfigTable, properties);
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  return createBroker({
    platform: nodePlatform,
    logger: silentLogger,
    config: new LiveConfig(brokerConfigTable, config),
    hostName: `broker-${at}`,
    homeDirectory: config.storePathRootDir!,
    processId: process.pid,
    physicalMemoryBytes: 2 ** 30,
  });
});
for (const broker of brokers) await broker.start();
console.log('serving');
