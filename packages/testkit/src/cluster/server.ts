import type { Service } from '@rocketmq-ts/kernel';
import { Machine } from '../machine.ts';
import type { SimulatedEnvironment } from '../platform.ts';
import type { SimulatedProcess } from '../simulated-process.ts';

/** Makes the server of one process, configured by the properties of its file. */
export type CreateServer = (process: SimulatedProcess, properties: Readonly<Record<string, string>>) => Service;

/** A name server or broker of a cluster: a machine of the same name, on which one process of it runs after the other. */
export class ClusterServer extends Machine {
  /** `host:port` of the port for clients. */
  readonly address: string;
  readonly #create: CreateServer;
  #properties: Readonly<Record<string, string>>;
  #service: Service | undefined;

  constructor(
    environment: SimulatedEnvironment,
    name: string,
    say: (line: string) => void,
    port: number,
    create: CreateServer,
    properties: Readonly<Record<string, string>>,
  ) {
    super(environment, name, say);
    this.address = `${name}:${port}`;
    this.#create = create;
    this.#properties = properties;
  }

  /**
   * Starts a process, unless one runs, with the properties of the one before and these. Resolves with whether it is up:
   * false when it died meanwhile (`dieAt`). Rejects with why it refuses to start.
   */
  async start(properties: Readonly<Record<string, string>> = {}): Promise<boolean> {
    if (this.isRunning) return true;
    this.#properties = { ...this.#properties, ...properties };
    this.#service = this.#create(this.begin(), this.#properties);
    try {
      return await this.whileAlive(Promise.resolve(this.#service.start()));
    } catch (error) {
      this.end('kill');
      throw error;
    }
  }

  /** Stops the process in order; false when none runs, or it died meanwhile. */
  async stop(): Promise<boolean> {
    if (this.#service === undefined || !this.isRunning) return false;
    const isDone = await this.whileAlive(Promise.resolve(this.#service.stop()));
    if (isDone) this.finish();
    return isDone;
  }

  /** `kill -9`: what was written stays. */
  kill(): void {
    this.end('kill');
  }

  /** The machine loses its power: what was not synced is lost, torn or kept, as the seed decides. */
  powerOff(): void {
    this.end('power loss');
  }
}
