import { type Credentials, createAdmin } from '@rocketmq-ts/admin';
import {
  type Clock,
  type Logger,
  nodePlatform,
  type Platform,
  type Service,
  ServiceStack,
  silentLogger,
  splitEndpoints,
  type TlsClientOptions,
} from '@rocketmq-ts/kernel';
import type { FastifyInstance } from 'fastify';
import { aclHandlers } from './acl/handlers.ts';
import { AlertCentre } from './alerts/alerts.ts';
import { alertHandlers } from './alerts/handlers.ts';
import { postJson } from './alerts/post-json.ts';
import { type PostJson, Webhook } from './alerts/webhook.ts';
import {
  ACL_ROUTES,
  ALERT_ROUTES,
  AUDIT_ROUTES,
  BROKER_ROUTES,
  CLUSTER_ROUTES,
  CONTROLLER_ROUTES,
  DEAD_LETTER_ROUTES,
  GROUP_ROUTES,
  MESSAGE_ROUTES,
  OPERATION_ROUTES,
  OVERVIEW_ROUTES,
  PRODUCER_ROUTES,
  PROXY_ROUTES,
  SESSION_ROUTES,
  TIMER_ROUTES,
  TOPIC_ROUTES,
  TRACE_ROUTES,
  TRANSACTION_ROUTES,
  type WebhookFormat,
} from './api/index.ts';
import { AuditLog } from './audit/audit-log.ts';
import { auditHandlers } from './audit/handlers.ts';
import { recordChanges } from './audit/record.ts';
import { brokerHandlers } from './brokers/handlers.ts';
import { clusterHandlers } from './clusters/handlers.ts';
import { ClusterRegistry, type ClusterSetting } from './clusters/registry.ts';
import { controllerHandlers } from './controllers/handlers.ts';
import { deadLetterHandlers } from './dead-letters/handlers.ts';
import { groupHandlers } from './groups/handlers.ts';
import { History } from './history/history.ts';
import { importHistory } from './history/import.ts';
import { createHttpApp } from './http/app.ts';
import { bind, type HttpPlace } from './http/bind.ts';
import { serveHealth } from './http/health.ts';
import { servePages } from './http/pages.ts';
import { messageHandlers } from './messages/handlers.ts';
import { serveOldPaths } from './old-paths/register.ts';
import { operationHandlers } from './operations/handlers.ts';
import type { TlsFiles } from './options/settings.ts';
import { overviewHandlers } from './overview/handlers.ts';
import { producerHandlers } from './producers/handlers.ts';
import { proxyHandlers } from './proxies/handlers.ts';
import { ProxyList } from './proxies/proxy-list.ts';
import { createSession, type FirstUser, type SessionOptions } from './session/create-session.ts';
import { sessionHandlers } from './session/handlers.ts';
import { timerHandlers } from './timers/handlers.ts';
import { topicHandlers } from './topics/handlers.ts';
import { traceHandlers } from './trace/handlers.ts';
import { transactionHandlers } from './transactions/handlers.ts';

/** What `createDashboard` takes. */
export interface DashboardOptions {
  /** The clusters that it shows; more can be added in the console. */
  readonly clusters: readonly ClusterSetting[];
  /** Default: this machine only. */
  readonly host?: string | undefined;
  /** 0 takes a free one. Default 12581. */
  readonly port?: number | undefined;
  /** Where it lies behind a proxy: begins and ends with a slash. Default `/`. */
  readonly basePath?: string | undefined;
  /** A folder for the history and what is changed in the console. Default: nothing is kept beyond the end of the process. */
  readonly dataPath?: string | undefined;
  /** Whether a history is kept. Default true. */
  readonly keepsHistory?: boolean | undefined;
  /** Default: requests to the clusters are not signed. */
  readonly credentials?: Credentials | undefined;
  /** Default: connections to the clusters are plain. */
  readonly tls?: TlsClientOptions | undefined;
  /** How long answers of the clusters are awaited, unless an operation has a wait of its own. Default 5,000. */
  readonly timeoutMs?: number | undefined;
  /** Certificate and key of the console itself. Default: plain HTTP. */
  readonly https?: TlsFiles | undefined;
  /** Proxies in front of it, whose `X-Forwarded-…` headers count. Default: none. */
  readonly trustedProxies?: readonly string[] | undefined;
  /** Default: on this machine everyone may do everything, from others everyone may look. */
  readonly session?: SessionOptions | undefined;
  /** Where the end-points of Apache's dashboard look for traces. Default: RMQ_SYS_TRACE_TOPIC. */
  readonly traceTopic?: string | undefined;
  /** Addresses of proxies, the current one first; more can be added in the console. */
  readonly proxies?: readonly string[] | undefined;
  /** Where alerts are sent. Default: to nowhere. */
  readonly alertWebhook?: AlertWebhookOptions | undefined;
  readonly platform?: Platform | undefined;
  readonly logger?: Logger | undefined;
  /** One line for each change. Default: `logger`. */
  readonly auditLogger?: Logger | undefined;
}

/** Where alerts are sent, and in which form. */
export interface AlertWebhookOptions {
  /** http or https. It is shown to nobody. */
  readonly url: string;
  /** Default `json`, as Prometheus Alertmanager sends it. */
  readonly format?: WebhookFormat | undefined;
  /** Default: the `fetch` of Node.js. */
  readonly post?: PostJson | undefined;
}

/** The web console: a server on one port, for browsers and for scripts. */
export interface Dashboard extends Service {
  /** Where it answers, with the port that it took; before `start` with the one that was asked for. */
  readonly url: string;
  /** The HTTP server, to hand requests in without a socket. */
  readonly http: FastifyInstance;
  readonly registry: ClusterRegistry;
  readonly history: History;
  readonly alerts: AlertCentre;
  /** The user that the start made, since a login is required and there was nobody. The password is nowhere else. */
  readonly firstUser: FirstUser | undefined;
}

const DEFAULT_PORT = 12581;
const HISTORY_FILE = 'history.sqlite';
const CLUSTERS_FILE = 'clusters.json';

/** The console. `start` listens and begins to collect; it rejects with the system's code when the port is taken. */
export async function createDashboard(options: DashboardOptions): Promise<Dashboard> {
  const { platform = nodePlatform, logger = silentLogger, dataPath, basePath = '/' } = options;
  const { host = '127.0.0.1', port = DEFAULT_PORT, keepsHistory = true } = options;
  const inData = (name: string): string | undefined => (dataPath === undefined ? undefined : `${dataPath}/${name}`);
  const history = new History({ clock: platform.clock, logger, path: keepsHistory ? inData(HISTORY_FILE) : undefined });
  const { clock, disk } = platform;
  const webhook = webhookOf(options.alertWebhook, clock, logger);
  const alerts = new AlertCentre({ disk, clock, logger, folder: dataPath, webhook });
  const registry = new ClusterRegistry({
    ...{ platform, logger, history, clusters: options.clusters, savedPath: inData(CLUSTERS_FILE), keepsHistory },
    ...{ credentials: options.credentials, tls: options.tls, timeoutMs: options.timeoutMs },
    onRound: (cluster) => alerts.look(cluster),
  });
  const { https, trustedProxies = [], auditLogger = logger, traceTopic, tls, timeoutMs } = options;
  const proxies = new ProxyList(options.proxies ?? []);
  const http = createHttpApp({ logger, basePath, https, trustedProxies });
  const namesrvAddresses = splitEndpoints(options.clusters[0]?.namesrvAddr ?? '');
  const session = createSession(options.session ?? {}, {
    ...{ platform, logger, dataPath, basePath },
    adminOf: (credentials) => createAdmin({ platform, logger, namesrvAddresses, credentials, tls, timeoutMs }),
    credentials: options.credentials,
  });
  const { gate } = session;
  const auditLog = new AuditLog({ disk: platform.disk, folder: dataPath, logger: auditLogger });
  recordChanges(http, auditLog, platform.clock);
  const place: HttpPlace = { fastify: http, registry, gate, logger };
  bind(place, SESSION_ROUTES, sessionHandlers(gate));
  bind(place, AUDIT_ROUTES, auditHandlers(auditLog));
  bind(place, CLUSTER_ROUTES, clusterHandlers(registry, alerts));
  bind(place, OVERVIEW_ROUTES, overviewHandlers(platform.clock, history, alerts));
  bind(place, ALERT_ROUTES, alertHandlers(alerts, webhook, clock));
  bind(place, BROKER_ROUTES, brokerHandlers);
  bind(place, OPERATION_ROUTES, operationHandlers(platform.clock));
  bind(place, PROXY_ROUTES, proxyHandlers(proxies, platform.clock));
  bind(place, ACL_ROUTES, aclHandlers);
  bind(place, CONTROLLER_ROUTES, controllerHandlers);
  bind(place, MESSAGE_ROUTES, messageHandlers(platform.clock));
  bind(place, TRACE_ROUTES, traceHandlers(platform.clock));
  bind(place, DEAD_LETTER_ROUTES, deadLetterHandlers(platform.clock));
  bind(place, TRANSACTION_ROUTES, transactionHandlers(platform.clock));
  bind(place, TIMER_ROUTES, timerHandlers(platform.clock));
  bind(place, TOPIC_ROUTES, topicHandlers(platform.clock));
  bind(place, GROUP_ROUTES, groupHandlers(platform.clock));
  bind(place, PRODUCER_ROUTES, producerHandlers(platform.clock));
  await serveOldPaths(http, {
    ...{ registry, gate, clock: platform.clock, rules: alerts.rules, logger, traceTopic, proxies },
    ...{ contextPath: basePath.replace(/(.)\/$/, '$1'), useTls: tls !== undefined },
  });
  serveHealth(http, registry);
  await servePages(http, basePath, platform.random);

  const services = new ServiceStack();
  const scheme = https === undefined ? 'http' : 'https';
  let url = urlOf(scheme, host, port, basePath);
  let firstUser: FirstUser | undefined;
  return {
    get url() {
      return url;
    },
    get firstUser() {
      return firstUser;
    },
    ...{ http, registry, history, alerts },
    async start() {
      if (dataPath !== undefined) makeFolder(platform, logger, dataPath);
      firstUser = await session.prepare();
      await services.start(auditLog);
      await services.start(history);
      await services.start(alerts);
      await services.start(registry);
      await services.start({ stop: () => http.close() });
      await http.listen({ host, port });
      const address = http.server.address();
      if (typeof address === 'object' && address !== null) url = urlOf(scheme, host, address.port, basePath);
      const [first] = registry.list();
      if (dataPath !== undefined && keepsHistory && first !== undefined)
        importHistory({ ...platform, logger, folder: dataPath, history, into: first.history });
    },
    stop: () => services.stop(),
  };
}

function webhookOf(options: AlertWebhookOptions | undefined, clock: Clock, logger: Logger): Webhook | undefined {
  if (options === undefined) return undefined;
  const { url, format = 'json', post = postJson } = options;
  return new Webhook({ url, format, clock, logger, post });
}

/** A folder that can't be made costs what would be kept in it, not the console. */
function makeFolder({ disk }: Platform, logger: Logger, path: string): void {
  try {
    disk.makeDirectory(path);
  } catch (error) {
    logger.error('The folder of the console could not be made; nothing is kept', { path, error });
  }
}

function urlOf(scheme: string, host: string, port: number, basePath: string): string {
  const shown = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `${scheme}://${shown}:${port}${basePath}`;
}
