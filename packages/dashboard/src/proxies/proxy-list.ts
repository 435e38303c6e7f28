import { ConsoleError } from '../errors.ts';

const ADDRESS = /^(\[[\da-fA-F:.%\w]+\]|[^\s:[\]/]+):\d{1,5}$/;
const MAX_PROXIES = 64;

/** Addresses of proxies, the same for the pages and for the old end-points. Added ones live as long as the process. */
export class ProxyList {
  readonly #addresses: string[];
  #current: string | undefined;

  /** The first is the current one. */
  constructor(addresses: readonly string[]) {
    this.#addresses = [...addresses];
    this.#current = addresses[0];
  }

  /** In the order in which they were added. */
  get addresses(): readonly string[] {
    return this.#addresses;
  }

  /** Undefined while there is none. */
  get current(): string | undefined {
    return this.#current;
  }

  /** One that is there already stays as it is. Throws BAD_REQUEST for what is not host:port, CONFLICT for too many. */
  add(wanted: string): void {
    const address = wanted.trim();
    const port = Number(address.slice(address.lastIndexOf(':') + 1));
    if (!ADDRESS.test(address) || port < 1 || port > 65_535)
      throw new ConsoleError('BAD_REQUEST', `${address.slice(0, 100)} is not host:port`);
    if (this.#addresses.includes(address)) return;
    if (this.#addresses.length >= MAX_PROXIES)
      throw new ConsoleError('CONFLICT', `the console takes ${MAX_PROXIES} proxies at most`);
    this.#addresses.push(address);
    this.#current ??= address;
  }

  /** Throws NOT_FOUND for one that was not added. */
  choose(wanted: string): void {
    const address = wanted.trim();
    if (!this.#addresses.includes(address))
      throw new ConsoleError('NOT_FOUND', `the console has no proxy ${address.slice(0, 100)}`);
    this.#current = address;
  }
}
