import type { Clock } from './clock.ts';
import { asError } from './errors.ts';
import { guardedDisk } from './guarded-disk.ts';
import type { Logger } from './log.ts';
import type { Connection, Network } from './network.ts';
import type { Platform } from './platform.ts';
import { RepeatedLines } from './repeated-lines.ts';

/**
 * The one place where a server's own failures end. Every task that the outside world runs – timers, ends of turns, data and
 * ends of connections, results of the disk – is run by a guard: what it throws is logged with where it happened, each place
 * once and then counted, and the server goes on. A periodic task comes again at its next time; a connection whose task failed
 * is closed, since it is unknown how far it had come; nobody else's is touched.
 *
 * Handlers of requests have a guard of their own, which answers with the error. The store has one as well, and it is the
 * exception: a failure between the disk and the acknowledgement of puts may leave it with a wrong idea of what is durable,
 * so it turns read-only instead of going on.
 *
 * A process that ends on an uncaught exception is left for what no guard can run: it is not reached by input.
 */
export class Guard {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #lines: RepeatedLines;

  constructor(clock: Pick<Clock, 'monotonicMs'>, logger: Logger) {
    this.#clock = clock;
    this.#lines = new RepeatedLines(logger);
  }

  /** Runs a task; false when it threw, which is logged. */
  run(place: string, task: () => void): boolean {
    try {
      task();
      return true;
    } catch (error) {
      this.report(place, error);
      return false;
    }
  }

  /** Logs a failure. `place` says what failed, the error where. */
  report(place: string, thrown: unknown): void {
    const error = asError(thrown);
    const nowMs = this.#clock.monotonicMs();
    this.#lines.sweep(nowMs);
    const sentence = `A defect: ${place} failed; the server goes on without it`;
    this.#lines.log(`${place} ${firstFrame(error)}`, nowMs, 'error', sentence, { error });
  }

  /** Logs what was counted and not logged, at the end. */
  flush(): void {
    this.#lines.flush(this.#clock.monotonicMs());
  }
}

/** Line of the stack in which an error was made: one defect is one place, whatever its message says. */
function firstFrame(error: Error): string {
  return /^\s+at .*$/m.exec(error.stack ?? '')?.[0].trim() ?? error.message;
}

/** The same platform, whose callbacks a guard runs. */
export function guardedPlatform<P extends Pick<Platform, 'clock' | 'disk' | 'network'>>(platform: P, guard: Guard): P {
  return {
    ...platform,
    clock: guardedClock(platform.clock, guard),
    disk: guardedDisk(platform.disk, guard),
    network: guardedNetwork(platform.network, guard),
  };
}

function guardedClock(clock: Clock, guard: Guard): Clock {
  return {
    now: () => clock.now(),
    monotonicMs: () => clock.monotonicMs(),
    after: (delayMs, task) => clock.after(delayMs, () => guard.run(`a timer of ${Math.round(delayMs)} ms`, task)),
    every: (periodMs, task) => clock.every(periodMs, () => guard.run(`a task of every ${periodMs} ms`, task)),
    endOfTurn: (task) => clock.endOfTurn(() => guard.run('a task at the end of a turn', task)),
  };
}

function guardedNetwork(network: Network, guard: Guard): Network {
  return {
    interfaces: () => network.interfaces(),
    connect: async (options) => guardedConnection(await network.connect(options), guard),
    listen: (options, accept) =>
      network.listen(options, (connection) => {
        const accepted = guard.run('accepting a connection', () => accept(guardedConnection(connection, guard)));
        if (!accepted) connection.destroy();
      }),
  };
}

/** Its handlers run under the guard. The methods are those of the connection itself, which is called for each write. */
function guardedConnection(connection: Connection, guard: Guard): Connection {
  const setHandlers = connection.setHandlers.bind(connection);
  connection.setHandlers = ({ onData, onDrain, onClose }) =>
    setHandlers({
      onData: (chunk) => {
        try {
          onData(chunk);
        } catch (error) {
          guard.report('reading from a connection', error);
          connection.destroy();
        }
      },
      onDrain: () => guard.run('the end of a write to a connection', onDrain),
      onClose: (error) => guard.run('the end of a connection', () => onClose(error)),
    });
  const write = connection.write.bind(connection);
  connection.write = (buffer, done) =>
    write(buffer, done === undefined ? undefined : () => guard.run('the end of a write to a connection', done));
  return connection;
}
