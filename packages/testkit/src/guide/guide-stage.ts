import { format } from 'node:util';
import * as client from '@rocketmq-ts/client';
import { CodedError, silentLogger } from '@rocketmq-ts/kernel';
import type { Cluster } from '../cluster/index.ts';
import { compileProgram, type GuideModules } from './programs.ts';

/** What a program of a page may take; longer ones run on beside the next. */
const PROGRAM_LIMIT_MS = 60_000;
const BROADCASTING = 'BROADCASTING';

/** What clients of a page get in the place of their own options. */
type Filled = Pick<client.ProducerOptions, 'namesrvAddr' | 'platform' | 'logger'>;

/**
 * Runs the programs of a page as they are written, on a cluster and its virtual clock: their `namesrvAddr` leads to the cluster,
 * each program has a machine of its own, and what they print is kept.
 */
export class GuideStage {
  readonly #cluster: Cluster;
  readonly #more: (filled: () => Filled) => GuideModules;
  readonly #stops: (() => Promise<unknown>)[] = [];
  readonly #running: Promise<void>[] = [];
  readonly #signals: (() => unknown)[] = [];
  readonly #failures: unknown[] = [];
  #printed: string[] = [];
  #programCount = 0;

  /** `more` gives modules beside the client, for each program anew. */
  constructor(cluster: Cluster, more: (filled: () => Filled) => GuideModules = () => ({})) {
    this.#cluster = cluster;
    this.#more = more;
  }

  /** For what modules make that must be stopped at the end. */
  onStop(stop: () => Promise<unknown>): void {
    this.#stops.push(stop);
  }

  /**
   * Runs a program until it ends, or has waited for a minute. Rejects as it does. `words` are names that the program uses without
   * saying where they come from; a program without imports has those of the client, too.
   */
  async run(source: string, words: Readonly<Record<string, unknown>> = {}): Promise<void> {
    this.#programCount += 1;
    const filled = this.#filled(`program-${this.#programCount}`);
    const modules = { '@rocketmq-ts/client': this.#client(filled), ...this.#more(filled) };
    const known = source.startsWith('import ') ? {} : modules['@rocketmq-ts/client'];
    const program = compileProgram(source, modules, { ...known, ...this.#globals(), ...words });
    const work = program();
    this.#running.push(work.catch((error: unknown) => void this.#failures.push(error)));
    try {
      await this.#cluster.run(work, PROGRAM_LIMIT_MS);
    } catch (error) {
      if (!(error instanceof CodedError && error.code === 'VIRTUAL_TIME_LIMIT')) throw error;
    }
  }

  /** What was printed since the last call, after so much time more. */
  async printed(afterMs: number): Promise<string> {
    await this.#cluster.advance(afterMs);
    const lines = this.#printed;
    this.#printed = [];
    return lines.map((line) => `${line}\n`).join('');
  }

  /** Ends the programs as SIGTERM does, then what they left. Rejects with what a program threw meanwhile. */
  async stop(): Promise<void> {
    for (const listener of this.#signals) listener();
    for (const stop of this.#stops) await this.#cluster.run(stop());
    await this.#cluster.run(Promise.all(this.#running));
    if (this.#failures.length > 0) throw this.#failures[0];
  }

  #filled(machine: string): () => Filled {
    return () => ({
      namesrvAddr: this.#cluster.namesrvAddr,
      platform: this.#cluster.environment.machine(machine),
      logger: silentLogger,
    });
  }

  /** The client, whose classes connect to the cluster. */
  #client(filled: () => Filled): Readonly<Record<string, unknown>> {
    const made = <C extends { stop(): Promise<unknown> }>(one: C): void => this.onStop(() => one.stop());
    // The default name has the id of the real process, which no seed repeats.
    const named = <O extends object>(options: O): O & Filled => ({
      ...('model' in options && options.model === BROADCASTING ? {} : { instanceName: 'guide' }),
      ...options,
      ...filled(),
    });
    return {
      ...client,
      Producer: class extends client.Producer {
        constructor(options: client.ProducerOptions) {
          super(named(options));
          made(this);
        }
      },
      TransactionProducer: class extends client.TransactionProducer {
        constructor(options: client.TransactionProducerOptions) {
          super(named(options));
          made(this);
        }
      },
      PushConsumer: class extends client.PushConsumer {
        constructor(options: client.PushConsumerOptions) {
          super(named(options));
          made(this);
        }
      },
      PullConsumer: class extends client.PullConsumer {
        constructor(options: client.PullConsumerOptions) {
          super(named(options));
          made(this);
        }
      },
    };
  }

  #globals(): Readonly<Record<string, unknown>> {
    const now = (): number => this.#cluster.clock.now();
    return {
      console: { log: (...words: unknown[]) => this.#printed.push(format(...words)) },
      process: { once: (_signal: string, listener: () => unknown) => this.#signals.push(listener) },
      Date: class extends Date {
        static override now(): number {
          return now();
        }
      },
    };
  }
}
