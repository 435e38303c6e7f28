import { type Logger, nodePlatform, type Platform, parseEndpoint, type TlsClientOptions } from '@rocketmq-ts/kernel';
import { namespaceOfAddress } from '@rocketmq-ts/protocol';
import {
  type AddressServer,
  addressServerUrl,
  type Credentials,
  type RequestHook,
  signingHook,
} from '@rocketmq-ts/remoting';
import { ClientError } from './errors.ts';
import type { ClientInstrumentation } from './instrumentation/instrumentation.ts';
import { clientLogger, type LoggerLike } from './logger.ts';
import { isThenable } from './user-code.ts';

/** What producers and consumers have in common. Source of names and defaults: ClientConfig. */
export interface ClientOptions {
  /**
   * `host:port` of the name servers, separated by `;`. `http://host:port` is accepted. A name with several addresses is
   * several name servers; names are looked up again every two minutes and when all fail. Or an array of such texts. Required
   * without `namesrvDomain`.
   */
  readonly namesrvAddr?: string | readonly string[] | undefined;
  /**
   * Host, or `host:port`, of a server that names the name servers while `namesrvAddr` is not given: it is asked for
   * `http://<namesrvDomain>:8080/rocketmq/<namesrvDomainSubgroup>` at the start and every two minutes; while it can't be
   * asked, those that it named last stay. Default none.
   */
  readonly namesrvDomain?: string | undefined;
  /** Default `nsaddr`. */
  readonly namesrvDomainSubgroup?: string | undefined;
  /** First part of the client id. Default: an address of this machine (interfaces are asked, DNS never). */
  readonly clientIp?: string | undefined;
  /**
   * Second part of the client id. Default `DEFAULT`, which becomes `<pid>#<time>` except for broadcasting consumers,
   * whose offset file path holds it. Clients of one process with equal ids share connections.
   */
  readonly instanceName?: string | undefined;
  /** Third part of the client id. Default none. */
  readonly unitName?: string | undefined;
  /**
   * These clients belong to one unit of several: brokers mark topics that they make for them with the unit flags. Default false.
   */
  readonly unitMode?: boolean | undefined;
  /**
   * Topics and groups are `<namespace>%<name>` at brokers, and `<name>` for the user of this client. Default none, or what
   * `namesrvAddr` names: `http://MQ_INST_a_b.host:port` is of namespace `MQ_INST_a_b`.
   */
  readonly namespace?: string | undefined;
  /** Sent with every request, for servers that keep namespaces apart by themselves; names stay as they are. Default none. */
  readonly namespaceV2?: string | undefined;
  /** How often routes are refreshed. Default 30 000. */
  readonly pollNameServerIntervalMs?: number | undefined;
  /** How often heartbeats are sent. Default 30 000; brokers drop a client after 120 000 without one. */
  readonly heartbeatIntervalMs?: number | undefined;
  /** How often consumers write their offsets. Default 5000. */
  readonly persistOffsetIntervalMs?: number | undefined;
  /** Limit of one administrative request (route, heartbeat, member list). Default 3000. */
  readonly requestTimeoutMs?: number | undefined;
  /** Use the broker's second port (its port − 2) for sends and administrative requests. Default false. */
  readonly vipChannel?: boolean | undefined;
  /**
   * TLS to name servers and brokers. Certificates of servers are checked against `caPem`, or the authorities that Node.js knows,
   * unless `rejectUnauthorized` is false; host names are not, since brokers are reached by addresses. Default: plain text.
   */
  readonly tls?: TlsClientOptions | boolean | undefined;
  /** Every request is signed with them, for clusters with access control. Default none. Source: AclClientRPCHook. */
  readonly credentials?: Credentials | undefined;
  /** Header codec of our requests. Default JSON. */
  readonly serializeType?: 'JSON' | 'ROCKETMQ' | undefined;
  /** Run before every request leaves, e.g. to sign it. Default none. */
  readonly hooks?: readonly RequestHook[] | undefined;
  /**
   * `console`, pino, winston or anything with their four methods, as it is; see `LoggerLike`. Default: warnings and errors go
   * to the console, at most 20 of one kind in a minute. `silentLogger` for nothing at all.
   */
  readonly logger?: LoggerLike | Logger | undefined;
  /** Follows sends, polls and listener calls, e.g. for OpenTelemetry (`@rocketmq-ts/opentelemetry`). Default none. */
  readonly instrumentation?: ClientInstrumentation | undefined;
  /** Clock, disk, network and randomness. Default: those of this machine. */
  readonly platform?: Platform | undefined;
}

/** Options with every default filled in; those that are `Open` have none. */
export type Filled<Options, Open extends keyof Options> = {
  readonly [Key in Exclude<keyof Options, Open>]-?: NonNullable<Options[Key]>;
} & Pick<Options, Open>;

type NamesNameServers = 'namesrvAddr' | 'namesrvDomain' | 'namesrvDomainSubgroup';

/** `ClientOptions` with every default filled in. */
export type ClientSettings = Filled<
  Omit<ClientOptions, NamesNameServers | 'logger' | 'namespaceV2' | 'tls' | 'credentials'>,
  'clientIp' | 'instanceName' | 'unitName' | 'namespace' | 'instrumentation'
> & {
  readonly tls: TlsClientOptions | undefined;
  /** Empty: those that the address server names. */
  readonly nameServers: readonly string[];
  readonly addressServer: AddressServer | undefined;
  readonly logger: Logger;
};

/** Fills in defaults. Throws ClientError `NO_NAME_SERVER` or `OPTION_ILLEGAL`. */
export function resolveClientOptions(options: ClientOptions): ClientSettings {
  const platform = options.platform ?? nodePlatform;
  const integer = integersOf(options);
  return {
    ...nameServersOf(options),
    clientIp: options.clientIp,
    instanceName: options.instanceName,
    unitName: options.unitName,
    unitMode: options.unitMode ?? false,
    namespace: namespaceOf(options),
    pollNameServerIntervalMs: integer('pollNameServerIntervalMs', 30_000, 10),
    heartbeatIntervalMs: integer('heartbeatIntervalMs', 30_000, 10),
    persistOffsetIntervalMs: integer('persistOffsetIntervalMs', 5000, 10),
    requestTimeoutMs: integer('requestTimeoutMs', 3000, 1),
    vipChannel: options.vipChannel ?? false,
    tls: tlsOf(options.tls),
    serializeType: options.serializeType ?? 'JSON',
    // What is signed last covers what other hooks add.
    hooks: [
      ...namespaceHooks(options.namespaceV2),
      ...(options.hooks ?? []).map(atOnce),
      ...(options.credentials === undefined ? [] : [signingHook({ ...options.credentials })]),
    ],
    instrumentation: options.instrumentation,
    logger: clientLogger(options.logger, () => platform.clock.monotonicMs()),
    platform,
  };
}

/** Throws ClientError `OPTION_ILLEGAL`. Source: ClientConfig#getNamespace. */
function namespaceOf({ namespace, namesrvAddr }: ClientOptions): string | undefined {
  if (namespace === undefined || namespace === '') return namespaceOfAddress(addressText(namesrvAddr));
  requireNamespace('namespace', namespace);
  return namespace;
}

/** A server whose certificate can't be checked is refused unless that is wanted. */
function tlsOf(tls: ClientOptions['tls']): TlsClientOptions | undefined {
  if (tls === undefined || tls === false) return undefined;
  return { rejectUnauthorized: true, ...(tls === true ? {} : tls) };
}

/** Before the hooks of the user, which may sign what is sent. Source: NamespaceRpcHook. */
function namespaceHooks(namespaceV2: string | undefined): RequestHook[] {
  if (namespaceV2 === undefined || namespaceV2 === '') return [];
  requireNamespace('namespaceV2', namespaceV2);
  return [(_address, _code, extFields) => void Object.assign(extFields, { nsd: 'true', ns: namespaceV2 })];
}

/** A hook of the user; what a promise that it gives rejects with has no effect, since requests do not wait for it. */
function atOnce(hook: RequestHook): RequestHook {
  return (...request) => void isThenable(hook(...request));
}

/** A namespace is a part of names, so it has their characters, without the one that ends it. */
function requireNamespace(option: string, namespace: string): void {
  if (typeof namespace === 'string' && /^[|a-zA-Z0-9_-]+$/.test(namespace)) return;
  const text = `The option ${option} is ${JSON.stringify(namespace)}, but may have letters, digits, _ - and the vertical bar only.`;
  throw new ClientError('OPTION_ILLEGAL', text, { facts: { option } });
}

function nameServersOf(options: ClientOptions): Pick<ClientSettings, 'nameServers' | 'addressServer'> {
  const { namesrvDomain = '', namesrvDomainSubgroup, unitName } = options;
  const namesrvAddr = addressText(options.namesrvAddr);
  const domain = namesrvDomain.trim();
  if (domain === '' || namesrvAddr.trim() !== '')
    return { nameServers: parseNameServers(namesrvAddr), addressServer: undefined };
  const subgroup = namesrvDomainSubgroup?.trim() || undefined;
  const addressServer = { domain, subgroup, unitName };
  const url = addressServerUrl(addressServer);
  if (!URL.canParse(url)) {
    const text = `The options namesrvDomain and namesrvDomainSubgroup make ${JSON.stringify(url)}, which is no address to ask.`;
    throw new ClientError('OPTION_ILLEGAL', text, { facts: { option: 'namesrvDomain' } });
  }
  return { nameServers: [], addressServer };
}

/** Throws ClientError `OPTION_ILLEGAL`. */
function addressText(namesrvAddr: ClientOptions['namesrvAddr']): string {
  const parts = typeof namesrvAddr === 'string' ? [namesrvAddr] : (namesrvAddr ?? []);
  if (Array.isArray(parts) && parts.every((part) => typeof part === 'string')) return parts.join(';');
  const text = `The option namesrvAddr is ${JSON.stringify(namesrvAddr)}, neither a text nor an array of texts.`;
  throw new ClientError('OPTION_ILLEGAL', text, { facts: { option: 'namesrvAddr' } });
}

/** Splits `a:9876;b:9876` and checks each. Text before the last `/` is dropped, as Apache does with `http://`. */
function parseNameServers(namesrvAddr: string): readonly string[] {
  const addresses = namesrvAddr
    .split(/[;,]/)
    .map((part) => part.slice(part.lastIndexOf('/') + 1).trim())
    .filter((part) => part !== '');
  if (addresses.length === 0) {
    throw new ClientError('NO_NAME_SERVER', 'No name server was given.', { facts: { responseCode: 10004 } });
  }
  for (const address of addresses) {
    if (parseEndpoint(address) === undefined) {
      throw new ClientError(
        'OPTION_ILLEGAL',
        `The option namesrvAddr has ${JSON.stringify(address)}, which is not host:port.`,
        { facts: { option: 'namesrvAddr' } },
      );
    }
  }
  return addresses;
}

/** Reads integer options by name, each with its default and range. The reader throws ClientError `OPTION_ILLEGAL`. */
export function integersOf<Options extends object>(options: Options) {
  return (name: keyof Options & string, fallback: number, least: number, most?: number): number =>
    inRange(name, (options[name] as number | undefined) ?? fallback, least, most);
}

/** Returns an integer option that lies in its range. Throws ClientError `OPTION_ILLEGAL`. */
function inRange(name: string, value: number, least: number, most = Number.MAX_SAFE_INTEGER): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  const range = most === Number.MAX_SAFE_INTEGER ? `at least ${least}` : `between ${least} and ${most}`;
  throw new ClientError('OPTION_ILLEGAL', `The option ${name} is ${value}, but must be a whole number, ${range}.`, {
    facts: { option: name },
  });
}
