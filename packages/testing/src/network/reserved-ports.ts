import { type Connection, type Listener, type ListenOptions, nodeNetwork } from '@rocketmq-ts/kernel';

const HOST = '127.0.0.1';
const MOST_TRIES = 50;

interface Reservation {
  readonly listener: Listener;
  readonly proxyProtocol: boolean;
  accept: ((connection: Connection) => void) | undefined;
}

/**
 * Free ports of the loopback interface, held by listening on them until their server does: between finding a port and using it,
 * no other test can take it.
 */
export class ReservedPorts {
  readonly #reservations = new Map<number, Reservation>();

  /** Holds a port, any free one with 0. `proxyProtocol`: as its server listens. Rejects with `EADDRINUSE`. */
  async hold(port: number, proxyProtocol: boolean): Promise<number> {
    const reservation: { accept: Reservation['accept'] } = { accept: undefined };
    const listener = await nodeNetwork.listen({ host: HOST, port, proxyProtocol }, (connection) => {
      if (reservation.accept === undefined) connection.destroy();
      else reservation.accept(connection);
    });
    this.#reservations.set(listener.port, Object.assign(reservation, { listener, proxyProtocol }));
    return listener.port;
  }

  /** Holds the two ports of a broker: one and the one two below it. Resolves with the upper one. */
  async holdPair(): Promise<number> {
    for (let left = MOST_TRIES; ; left--) {
      const port = await this.hold(0, true);
      try {
        await this.hold(port - 2, true);
        return port;
      } catch (error) {
        await this.#free(port);
        if (left === 0) throw error;
      }
    }
  }

  /** The listener of a port that is held and has not been taken, for its server; undefined for any other. */
  take(options: ListenOptions, accept: (connection: Connection) => void): Listener | undefined {
    const held = this.#reservations.get(options.port);
    if (held === undefined || options.tls !== undefined || held.proxyProtocol !== (options.proxyProtocol ?? false)) {
      return undefined;
    }
    this.#reservations.delete(options.port);
    held.accept = accept;
    return held.listener;
  }

  /** Frees what no server has taken. */
  async close(): Promise<void> {
    for (const port of [...this.#reservations.keys()]) await this.#free(port);
  }

  async #free(port: number): Promise<void> {
    const held = this.#reservations.get(port);
    this.#reservations.delete(port);
    await held?.listener.close();
  }
}
