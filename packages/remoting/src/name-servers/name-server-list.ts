import {
  asError,
  type Clock,
  formatEndpoint,
  isIpv4,
  isIpv6,
  type Logger,
  type Network,
  parseEndpoint,
  type Service,
  type Timer,
} from '@rocketmq-ts/kernel';
import { type AddressServer, addressServerUrl, askAddressServer } from './address-server.ts';

/** A name service that does not answer is not waited for any longer. */
const LOOKUP_TIMEOUT_MS = 3000;
/** Failures ask for a refresh; they get one so often. */
const LEAST_REFRESH_MS = 5000;

interface NameServerListOptions {
  readonly platform: { readonly clock: Clock; readonly network: Network };
  readonly logger: Logger;
  /** As configured, `host:port` each. While there are none, the address server is asked. */
  readonly configured: readonly string[];
  readonly addressServer?: AddressServer | undefined;
  /**
   * Whether a name with several addresses is followed to each of them. Otherwise a name stays as it is. Read at each refresh.
   */
  readonly lookUp: boolean;
  /** From the start to the first refresh, and from there between two. */
  readonly firstRefreshMs: number;
  readonly refreshMs: number;
}

/** A change of the list. */
export interface NameServerChange {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Names in the list that lead to another machine now: connections to them are connections to the old one. */
  readonly moved: readonly string[];
}

/**
 * Which name servers there are now: those that are configured, with every address of a name that has several, or those that
 * an address server names. Both are asked again and again: a server that is not named any more is removed, and what can't be asked
 * leaves the list as it was.
 */
export class NameServerList implements Service {
  readonly #options: NameServerListOptions;
  #configured: readonly string[];
  /** What the address server named last. */
  #named: readonly string[] = [];
  /** Addresses of each name, as the name service gave them last. */
  readonly #found = new Map<string, readonly string[]>();
  #addresses: readonly string[];
  #failure: string | undefined;
  #refreshing: Promise<void> | undefined;
  #refreshedMs = Number.NEGATIVE_INFINITY;
  readonly #listeners: ((change: NameServerChange) => void)[] = [];
  #timer: Timer | undefined;
  #state: 'created' | 'running' | 'stopped' = 'created';

  constructor(options: NameServerListOptions) {
    this.#options = options;
    this.#configured = options.configured;
    this.#addresses = options.configured;
  }

  /** `host:port` each, to connect to; changes with a refresh. */
  get addresses(): readonly string[] {
    return this.#addresses;
  }

  /** The same before names were looked up: what an operator knows. */
  get names(): readonly string[] {
    return this.#configured.length > 0 ? this.#configured : this.#named;
  }

  /** Why the list is empty, for a message; undefined when it is not known. */
  get whyEmpty(): string | undefined {
    return this.#failure;
  }

  onChange(listener: (change: NameServerChange) => void): void {
    this.#listeners.push(listener);
  }

  /** Resolves when the list was made once, or could not be. */
  async start(): Promise<void> {
    if (this.#state !== 'created') return;
    this.#state = 'running';
    const { clock } = this.#options.platform;
    await this.refresh();
    if (this.#isStopped()) return;
    this.#timer = clock.after(this.#options.firstRefreshMs, () => {
      void this.refresh();
      this.#timer = clock.every(this.#options.refreshMs, () => void this.refresh());
    });
  }

  stop(): void {
    this.#state = 'stopped';
    this.#timer?.cancel();
  }

  /** Another list is configured. */
  async configure(configured: readonly string[]): Promise<void> {
    this.#configured = configured;
    // Until names are looked up, the list is the one that was configured.
    this.#settle();
    await this.#refreshing;
    await this.refresh();
  }

  /** Asks the address server or the name service again, once for all who want it. Never rejects. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  /** The same after a failure, unless it was done a moment ago. */
  async refreshAfterFailure(): Promise<void> {
    const { clock } = this.#options.platform;
    if (this.#refreshing === undefined && clock.monotonicMs() - this.#refreshedMs < LEAST_REFRESH_MS) return;
    await this.refresh();
  }

  async #refresh(): Promise<void> {
    const { platform, addressServer, lookUp } = this.#options;
    this.#refreshedMs = platform.clock.monotonicMs();
    if (this.#configured.length === 0 && addressServer !== undefined) await this.#askAddressServer(addressServer);
    const before = new Map(this.#found);
    if (lookUp) await Promise.all(this.names.map((name) => this.#lookUp(name)));
    if (this.#isStopped()) return;
    const moved = [...before]
      .filter(([name, was]) => !sameSet(was, this.#found.get(name) ?? was))
      .map(([name]) => name);
    this.#settle(moved);
  }

  async #askAddressServer(server: AddressServer): Promise<void> {
    const { platform, logger } = this.#options;
    try {
      const named = await askAddressServer(platform, server);
      if (!sameSet(named, this.#named)) logger.info('the address server names other name servers', { named });
      this.#named = named;
      this.#failure = undefined;
    } catch (error) {
      const reason = asError(error).message;
      const url = addressServerUrl(server);
      if (this.#failure === undefined)
        logger.warn('the address server can not be asked for the name servers; those that it named last stay', {
          ...{ url, reason, named: this.#named },
        });
      this.#failure = `the address server ${url} can not be asked (${reason})`;
    }
  }

  async #lookUp(name: string): Promise<void> {
    const endpoint = parseEndpoint(name);
    if (endpoint === undefined || isAddress(endpoint.host)) return;
    const { platform, logger } = this.#options;
    try {
      const hosts = await withinTime(platform.clock, platform.network.lookup(endpoint.host));
      if (hosts.length === 0) return;
      this.#found.set(
        name,
        [...new Set(hosts)].sort().map((host) => formatEndpoint({ host, port: endpoint.port })),
      );
    } catch (error) {
      logger.debug('a name of a name server can not be looked up; the addresses found last stay', {
        ...{ name, error: asError(error).message },
      });
    }
  }

  #settle(movedNames: readonly string[] = []): void {
    const before = this.#addresses;
    const { names } = this;
    for (const name of this.#found.keys()) if (!names.includes(name)) this.#found.delete(name);
    const found = this.#options.lookUp ? this.#found : undefined;
    this.#addresses = [
      ...new Set(
        names.flatMap((name) => {
          const addresses = found?.get(name) ?? [];
          return addresses.length > 1 ? addresses : [name];
        }),
      ),
    ];
    const added = this.#addresses.filter((address) => !before.includes(address));
    const removed = before.filter((address) => !this.#addresses.includes(address));
    const moved = movedNames.filter((name) => this.#addresses.includes(name) && before.includes(name));
    if (added.length + removed.length + moved.length === 0) return;
    for (const listener of this.#listeners) listener({ added, removed, moved });
  }

  #isStopped(): boolean {
    return this.#state === 'stopped';
  }
}

/** What is its own address everywhere, so that no name service is asked. */
function isAddress(host: string): boolean {
  return isIpv4(host) || isIpv6(host) || host === 'localhost';
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((each) => b.includes(each));
}

function withinTime<T>(clock: Clock, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(LOOKUP_TIMEOUT_MS, () => reject(new Error('the name service does not answer')));
    work.then(resolve, reject).finally(() => timer.cancel());
  });
}
