import type { Broker } from '@rocketmq-ts/broker';
import type { Logger } from '@rocketmq-ts/kernel';
import { makeBroker } from '@rocketmq-ts/testing/simulated';
import { lineLogger } from '../log-lines.ts';
import { type Death, Machine } from '../machine.ts';
import type { SimulatedEnvironment } from '../platform.ts';

/** Folder of every simulated broker's store, on its own machine. */
export const STORE_ROOT = '/store';
const PORT = 10911;

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
    this.#broker = makeBroker(this.begin().platform, this.#logger, this.name, properties);
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
