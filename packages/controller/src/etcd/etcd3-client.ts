import { asError, type Clock, type Logger } from '@rocketmq-ts/kernel';
import type { Etcd3, ILeaseKeepAliveResponse, IOptions, IRangeResponse } from 'etcd3';
import { ControllerError } from '../errors.ts';
import type { Etcd, EtcdCommit, EtcdLease, EtcdSnapshot, EtcdTransaction, EtcdWatch } from './etcd.ts';

/** Where etcd is, and who asks. */
export interface EtcdOptions {
  /** `http://10.0.0.1:2379`; those of one cluster. */
  readonly endpoints: readonly string[];
  /** For one request to one endpoint. */
  readonly timeoutMs: number;
  readonly auth?: { readonly username: string; readonly password: string } | undefined;
  /** For `https` endpoints. */
  readonly tls?: { readonly ca: Buffer; readonly key?: Buffer | undefined; readonly certificate?: Buffer | undefined };
  readonly clock: Clock;
  readonly logger: Logger;
}

/** etcd by its client library, which is loaded now and not before: it takes a quarter of a second and 24 MiB. */
export async function connectEtcd(options: EtcdOptions): Promise<Etcd> {
  const library = await import('etcd3');
  return new Etcd3Client(options, (settings) => new library.Etcd3(settings));
}

/** No repetition by the library: a repeated transaction could be applied twice, and which endpoint is next is decided here. */
const passThrough = { execute: async (task: (context: unknown) => unknown) => task({}) };

/**
 * One client for each endpoint. A request is sent to the endpoint that answered last; one that does not answer in time is left for the
 * next. Reads and leases are repeated once at each endpoint, transactions never.
 */
class Etcd3Client implements Etcd {
  readonly #options: EtcdOptions;
  readonly #clients: readonly Etcd3[];
  #current = 0;

  constructor(options: EtcdOptions, create: (settings: IOptions) => Etcd3) {
    this.#options = options;
    const { auth, tls } = options;
    const credentials = tls && {
      rootCertificate: tls.ca,
      ...(tls.key && { privateKey: tls.key }),
      ...(tls.certificate && { certChain: tls.certificate }),
    };
    const policy = passThrough as unknown as NonNullable<NonNullable<IOptions['faultHandling']>['global']>;
    this.#clients = options.endpoints.map((endpoint) =>
      create({
        hosts: endpoint,
        faultHandling: { global: policy, host: () => policy },
        // An endpoint that hangs is noticed by the time of each request; a connection that is gone is opened again soon.
        grpcOptions: { 'grpc.initial_reconnect_backoff_ms': 200, 'grpc.max_reconnect_backoff_ms': 1000 },
        ...(auth && { auth: { ...auth, callOptions: { deadline: Infinity } } }),
        ...(credentials && { credentials }),
      }),
    );
  }

  async read(prefix: string): Promise<EtcdSnapshot> {
    const answer: IRangeResponse = await this.#anywhere((client, call) =>
      client.kv.range({ key: Buffer.from(prefix), range_end: endOf(prefix) }, call),
    );
    return {
      revision: Number(answer.header.revision),
      entries: answer.kvs.map(({ key, value, create_revision, mod_revision }) => ({
        key: key.toString(),
        value: value.toString(),
        createRevision: Number(create_revision),
        modRevision: Number(mod_revision),
      })),
    };
  }

  async commit({ conditions, puts = [], deletes = [] }: EtcdTransaction): Promise<EtcdCommit> {
    const answer = await this.#once((client, call) =>
      client.kv.txn(
        {
          compare: conditions.map(({ key, field, is }) => ({
            result: 'Equal' as const,
            key: Buffer.from(key),
            ...(field === 'createRevision'
              ? { target: 'Create' as const, create_revision: is }
              : { target: 'Mod' as const, mod_revision: is }),
          })),
          success: [
            ...puts.map(({ key, value, leaseId = '0' }) => ({
              request_put: { key: Buffer.from(key), value: Buffer.from(value), lease: leaseId },
            })),
            ...deletes.map((key) => ({ request_delete_range: { key: Buffer.from(key) } })),
          ],
          failure: [],
        },
        call,
      ),
    );
    return { applied: answer.succeeded, revision: Number(answer.header.revision) };
  }

  async grantLease(ttlMs: number): Promise<EtcdLease> {
    // A lease that was granted without our knowledge ends by itself.
    const answer = await this.#anywhere((client, call) =>
      client.leaseClient.leaseGrant({ TTL: Math.ceil(ttlMs / 1000) }, call),
    );
    return { id: answer.ID, ttlMs: Number(answer.TTL) * 1000 };
  }

  async keepLease(id: string): Promise<number> {
    const answer = await this.#anywhere(async (client, call) => {
      const stream = await client.leaseClient.leaseKeepAlive(call);
      try {
        return await new Promise<ILeaseKeepAliveResponse>((resolve, reject) => {
          stream.on('data', resolve);
          stream.on('error', reject);
          stream.on('end', () => reject(new Error('the stream ended without an answer')));
          stream.write({ ID: id });
        });
      } finally {
        stream.on('error', () => {});
        stream.end();
      }
    });
    return Number(answer.TTL) * 1000;
  }

  async revokeLease(id: string): Promise<void> {
    try {
      await this.#anywhere((client, call) => client.leaseClient.leaseRevoke({ ID: id }, call));
    } catch (error) {
      if (!/requested lease not found/.test(causesOf(error))) throw error;
    }
  }

  watch(prefix: string, afterRevision: number, onChange: () => void, onEnd: () => void): EtcdWatch {
    let isOpen = true;
    let cancel = (): void => {};
    const end = (): void => {
      if (!isOpen) return;
      isOpen = false;
      cancel();
      onEnd();
    };
    const create_request = { key: Buffer.from(prefix), range_end: endOf(prefix), start_revision: afterRevision + 1 };
    // The stream itself: the library's watcher opens it again by itself, at an endpoint that may hang.
    this.#clients[this.#current]!.watchClient.watch().then((stream) => {
      cancel = () => stream.cancel();
      stream.on('error', end);
      stream.on('end', end);
      stream.on('data', ({ canceled, events }) => {
        if (canceled) end();
        else if (isOpen && events.length > 0) onChange();
      });
      if (isOpen) stream.write({ create_request });
      else cancel();
    }, end);
    return {
      close: () => {
        isOpen = false;
        cancel();
      },
    };
  }

  close(): void {
    for (const client of this.#clients) client.close();
  }

  async #once<Answer>(ask: Ask<Answer>): Promise<Answer> {
    const { clock, timeoutMs, logger } = this.#options;
    const index = this.#current;
    let stop = (): void => {};
    const late = new Promise<never>((_, reject) => {
      // By the monotonic clock: the library's own deadline follows the wall clock, which may jump.
      const timer = clock.after(timeoutMs, () => reject(new Error(`no answer within ${timeoutMs} ms`)));
      stop = () => timer.cancel();
    });
    try {
      const asked = ask(this.#clients[index]!, { deadline: clock.now() + 2 * timeoutMs });
      asked.catch(() => {});
      return await Promise.race([asked, late]);
    } catch (thrown) {
      const error = asError(thrown);
      if (index === this.#current) this.#current = (index + 1) % this.#clients.length;
      logger.debug('An etcd endpoint failed', { endpoint: this.#options.endpoints[index], error });
      throw new ControllerError('ETCD_UNAVAILABLE', `${this.#options.endpoints[index]}: ${error.message}`, error);
    } finally {
      stop();
    }
  }

  async #anywhere<Answer>(ask: Ask<Answer>): Promise<Answer> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#once(ask);
      } catch (error) {
        if (attempt >= this.#clients.length) throw error;
      }
    }
  }
}

type Ask<Answer> = (client: Etcd3, call: { deadline: number }) => Promise<Answer>;

/** The first key behind all that begin with a prefix, which ends with a character of ASCII. */
function endOf(prefix: string): Buffer {
  const end = Buffer.from(prefix);
  end[end.length - 1]! += 1;
  return end;
}

function causesOf(error: unknown): string {
  const { message, cause } = asError(error);
  return cause === undefined ? message : `${message} ${causesOf(cause)}`;
}
