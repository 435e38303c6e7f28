import { type Broker, brokerConfigTable, createBroker } from '@rocketmq-ts/broker';
import { LiveConfig, type Logger, type Platform, readConfig } from '@rocketmq-ts/kernel';
import { lineLogger } from '../log-lines.ts';
import { type Death, Machine } from '../machine.ts';
import type { SimulatedEnvironment } from '../platform.ts';

/** Folder of every simulated broker's store, on its own machine. */
export const STORE_ROOT = '/store';
const PORT = 10911;
const PHYSICAL_MEMORY_BYTES = 1e9;

/** A machine on which a whole broker runs, one process after the other. */
export class BrokerMachine extends Machine {
  readonly address: string;
  readonly #logger: Logger;
  #broker: Broker | undefined;

  constructor(environment: SimulatedEnvironment, name: string, trace: (line: string) => void) {
    super(environment, name, trace);
    this.#logger = lineLogger(({ sentence, fields }) => trace(`  ${sentence} ${JSON.stringify(fields)}`));
    this.address = `${name}:${PORT}`;
  }

  /**
   * Starts a process; false when it died meanwhile, as `death` may want it to. Rejects with why the broker refuses to start.
   */
  async start(properties: Readonly<Record<string, string>>, death?: Death): Promise<boolean> {
    if (death !== undefined) this.dieAt(death);
    this.#broker = createSimulatedBroker(this.begin().platform, this.#logger, this.name, properties);
    try {
      return await this.whileAlive(this.#broker.start());
    } catch (error) {
      this.end('kill');
      throw error;
    }
  }

  /** Stops the process in order; false when it died meanwhile. */
  async stop(): Promise<boolean> {
    if (this.#broker === undefined || !this.isRunning) return false;
    const isDone = await this.whileAlive(this.#broker.stop());
    if (isDone) this.finish();
    return isDone;
  }
}

/** A broker as it is configured for a machine of this name; its store lies in `STORE_ROOT` where the properties name it. */
export function createSimulatedBroker(
  platform: Platform,
  logger: Logger,
  hostName: string,
  properties: Readonly<Record<string, string>>,
): Broker {
  const reading = readConfig(brokerConfigTable, new Map(Object.entries(properties)));
  return createBroker({
    platform,
    logger,
    config: new LiveConfig(brokerConfigTable, reading.config),
    hostName,
    homeDirectory: '/home',
    processId: 1,
    physicalMemoryBytes: PHYSICAL_MEMORY_BYTES,
  });
}
