import type { FastifyRequest } from 'fastify';
import type { Cluster, ClusterRegistry } from '../clusters/registry.ts';
import { readCookies } from '../session/cookies.ts';
import { OldPathError } from './values.ts';

const MAX_CHOICES = 1000;

/**
 * Which cluster the old end-points are about: the one that the caller chose with `updateNameSvrAddr.do`, else the first. In Apache's
 * dashboard one choice is everybody's; here it is that of a session, or of an address where there is none.
 */
export class ClusterChoice {
  readonly #registry: ClusterRegistry;
  readonly #sessionCookie: string;
  readonly #chosen = new Map<string, string>();

  constructor(registry: ClusterRegistry, sessionCookie: string) {
    this.#registry = registry;
    this.#sessionCookie = sessionCookie;
  }

  current(request: FastifyRequest): Cluster {
    const chosen = this.#chosen.get(this.#keyOf(request));
    const clusters = this.#registry.list();
    const found = clusters.find(({ id }) => id === chosen) ?? clusters[0];
    if (found === undefined) throw new OldPathError('No name server is configured.');
    return found;
  }

  /** `addresses`: the name servers of a cluster that the console has, with `;` between them. */
  choose(request: FastifyRequest, addresses: string): void {
    const cluster = this.find(addresses);
    if (cluster === undefined)
      throw new OldPathError(`The console does not look at ${addresses}; add it with /ops/addNameSvrAddr.do first.`);
    const key = this.#keyOf(request);
    this.#chosen.delete(key);
    this.#chosen.set(key, cluster.id);
    if (this.#chosen.size > MAX_CHOICES) this.#chosen.delete(this.#chosen.keys().next().value!);
  }

  find(addresses: string): Cluster | undefined {
    const wanted = sorted(addresses.split(';'));
    return this.#registry.list().find(({ namesrvAddresses }) => sorted(namesrvAddresses) === wanted);
  }

  #keyOf(request: FastifyRequest): string {
    return readCookies(request.headers.cookie).get(this.#sessionCookie) ?? request.ip;
  }
}

function sorted(addresses: readonly string[]): string {
  return addresses
    .map((address) => address.trim())
    .filter((address) => address !== '')
    .sort()
    .join(';');
}
