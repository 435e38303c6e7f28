import type { Clock } from './clock.ts';
import type { Guard } from './guard.ts';
import { guardedDisk } from './guarded-disk.ts';
import type { Connection, Network } from './network.ts';
import type { Platform } from './platform.ts';

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
    lookup: (host) => network.lookup(host),
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
  const writeAll = connection.writeAll.bind(connection);
  connection.writeAll = (buffers, done) =>
    writeAll(buffers, done === undefined ? undefined : () => guard.run('the end of a write to a connection', done));
  return connection;
}
