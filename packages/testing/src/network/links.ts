import type { LinkedConnection } from './linked-connection.ts';

/** The name of everything that is no server of the cluster: clients in this process and in others. */
export const CLIENTS = 'clients';

/**
 * Which machines of a cluster reach each other, and which connections there are between them. A port of a server tells whose it
 * is, and so does the local port of a connection that a server has made.
 */
export class Links {
  /** Ports that servers of the cluster listen on. */
  readonly owners = new Map<number, string>();
  /** Local ports of connections that servers of the cluster made. */
  readonly callers = new Map<number, string>();
  readonly #severed = new Set<string>();
  readonly #connections = new Set<LinkedConnection>();
  readonly #waiting = new Set<() => void>();

  isSevered(a: string, b: string): boolean {
    return this.#severed.has(linkOf(a, b));
  }

  /** From now on no byte passes between two machines; their connections stay open. */
  sever(a: string, b: string): void {
    this.#severed.add(linkOf(a, b));
    this.apply();
  }

  /** Bytes pass again, those first that were written meanwhile: between two machines, to and from one, or everywhere. */
  mend(...machines: readonly string[]): void {
    for (const link of [...this.#severed]) {
      if (machines.every((machine) => link.split('|').includes(machine))) this.#severed.delete(link);
    }
    this.apply();
    for (const check of this.#waiting) check();
  }

  /** Resets the connections between two machines. */
  reset(a: string, b: string): void {
    for (const connection of [...this.#connections]) {
      if (linkOf(connection.machine, connection.peer) === linkOf(a, b)) connection.destroy();
    }
  }

  /** Ends all connections of a machine whose process has ended: it hears nothing more of them. */
  drop(machine: string): void {
    for (const connection of [...this.#connections]) if (connection.machine === machine) connection.drop();
  }

  add(connection: LinkedConnection): void {
    this.#connections.add(connection);
  }

  remove(connection: LinkedConnection): void {
    this.#connections.delete(connection);
  }

  /** Calls `check` whenever links were mended, until the function that it returns is called. */
  whenMended(check: () => void): () => void {
    this.#waiting.add(check);
    return () => void this.#waiting.delete(check);
  }

  /** Holds each connection whose link is severed, and no other: a peer may be known only a moment after it connected. */
  apply(): void {
    for (const connection of [...this.#connections])
      connection.hold(this.isSevered(connection.machine, connection.peer));
  }
}

function linkOf(a: string, b: string): string {
  return a < b ? `${a}|${b}` : `${b}|${a}`;
}
