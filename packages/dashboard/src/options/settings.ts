import { join, resolve } from 'node:path';
import { type ConfigOf, configError, type Disk, readConfig, splitEndpoints } from '@rocketmq-ts/kernel';
import type { WebhookFormat } from '../api/index.ts';
import { ConsoleError } from '../errors.ts';
import { dashboardConfigTable, durationMs } from './table.ts';

/** The options of the table as the console uses them. */
export interface DashboardSettings {
  readonly address: string;
  readonly port: number;
  /** Empty, or `/console`: without a slash at its end. */
  readonly contextPath: string;
  readonly tls: TlsFiles | undefined;
  /** Name servers of each cluster; the first is shown first. */
  readonly clusters: readonly (readonly string[])[];
  readonly timeoutMs: number;
  /** Folder, as an absolute path. */
  readonly dataPath: string;
  readonly collect: boolean;
  readonly traceTopic: string | undefined;
  readonly loginRequired: boolean;
  readonly authMode: 'file' | 'acl';
  /** TLS to name servers and brokers. */
  readonly useTls: boolean;
  readonly proxyAddresses: readonly string[];
  readonly credentials: { readonly accessKey: string; readonly secretKey: string } | undefined;
  readonly sessionTimeoutMs: number;
  readonly trustedProxies: readonly string[];
  readonly allowedHosts: readonly string[];
  /** Undefined: alerts are sent to nowhere. */
  readonly alertWebhook: { readonly url: string; readonly format: WebhookFormat } | undefined;
}

/** Certificate and key of the console itself. */
export type TlsFiles =
  | { readonly pfx: Buffer; readonly passphrase: string | undefined }
  | { readonly cert: Buffer; readonly key: Buffer; readonly passphrase: string | undefined };

/** What is known of the surroundings. */
export interface Surroundings {
  readonly disk: Disk;
  readonly userHome: string;
  /** Name servers where no option names some: `-Drocketmq.namesrv.addr`, NAMESRV_ADDR. */
  readonly namesrvAddr: string | undefined;
}

type Config = ConfigOf<typeof dashboardConfigTable>;

/** Throws `CONFIG_INVALID` with every value that is not allowed, or `TLS_FILE_INVALID`. */
export function readSettings(
  properties: ReadonlyMap<string, string>,
  source: string,
  { disk, userHome, namesrvAddr }: Surroundings,
): DashboardSettings {
  // An empty value is none, as in the files that Apache ships.
  const given = new Map([...properties].filter(([, value]) => value.trim() !== ''));
  const fallback = namesrvAddr?.trim() || undefined;
  const reading = readConfig(dashboardConfigTable, given, { 'rocketmq.config.namesrvAddr': fallback });
  const checked = fallback === undefined ? undefined : dashboardConfigTable['rocketmq.config.namesrvAddr'];
  // Messages of a start are in logs.
  const problems = reading.problems.map((each) => {
    const { facts } = dashboardConfigTable[each.key as keyof typeof dashboardConfigTable];
    return facts.secret === true ? { ...each, value: '***' } : each;
  });
  if (checked !== undefined && typeof checked.parse(fallback!) !== 'string') {
    problems.push({ key: 'NAMESRV_ADDR', value: fallback!, allowed: checked.allowed });
  }
  if (problems.length > 0) throw configError(problems, source);
  const { config } = reading;
  const accessKey = config['rocketmq.config.accessKey'];
  const secretKey = config['rocketmq.config.secretKey'];
  return {
    address: config['server.address'],
    port: config['server.port'],
    contextPath: config['server.servlet.context-path'].replace(/\/+$/, ''),
    tls: tlsFiles(config, disk),
    clusters: clustersOf(config),
    timeoutMs: config['rocketmq.config.timeoutMillis'],
    dataPath: resolve(config['rocketmq.config.dataPath'] ?? join(userHome, 'rocketmq-dashboard')),
    collect: config['rocketmq.config.enableDashBoardCollect'],
    traceTopic: config['rocketmq.config.msgTrackTopicName'],
    loginRequired: config['rocketmq.config.loginRequired'],
    authMode: config['rocketmq.config.authMode'],
    useTls: config['rocketmq.config.useTLS'],
    proxyAddresses: [
      ...new Set([...words(config['rocketmq.config.proxyAddr']), ...words(config['rocketmq.config.proxyAddrs'])]),
    ],
    credentials: accessKey === undefined || secretKey === undefined ? undefined : { accessKey, secretKey },
    sessionTimeoutMs: durationMs(config['server.servlet.session.timeout'])!,
    trustedProxies: words(config['rocketmq.config.trustedProxies']),
    allowedHosts: words(config['rocketmq.config.allowedHosts']).map((name) => name.toLowerCase()),
    alertWebhook: alertWebhookOf(config),
  };
}

function alertWebhookOf(config: Config): DashboardSettings['alertWebhook'] {
  const url = config['rocketmq.config.alertWebhookUrl'];
  return url === undefined ? undefined : { url, format: config['rocketmq.config.alertWebhookFormat'] };
}

function words(list: string | undefined): string[] {
  return (list ?? '').split(',').flatMap((word) => word.trim() || []);
}

function clustersOf(config: Config): string[][] {
  const several = words(config['rocketmq.config.namesrvAddrs']);
  const single = words(config['rocketmq.config.namesrvAddr']);
  const clusters = several.length > 0 ? several : single;
  return (clusters.length > 0 ? clusters : ['127.0.0.1:9876']).map((addresses) => [...splitEndpoints(addresses)]);
}

function tlsFiles(config: Config, disk: Disk): TlsFiles | undefined {
  if (!config['server.ssl.enabled']) return undefined;
  const certificate = config['server.ssl.certificate'];
  const key = config['server.ssl.certificate-private-key'];
  const store = config['server.ssl.key-store'];
  const keyPassword = config['server.ssl.key-password'];
  if (certificate !== undefined || key !== undefined) {
    if (certificate === undefined || key === undefined) {
      const missing = `server.ssl.certificate${certificate === undefined ? '' : '-private-key'}`;
      throw new ConsoleError('TLS_FILE_INVALID', `${missing} is missing: certificate and key are needed both`);
    }
    const cert = tlsFile('server.ssl.certificate', certificate, disk);
    return { cert, key: tlsFile('server.ssl.certificate-private-key', key, disk), passphrase: keyPassword };
  }
  if (store === undefined) return undefined;
  const content = tlsFile('server.ssl.key-store', store, disk);
  if (content.length >= 4 && content.readUInt32BE(0) === JKS_MAGIC) {
    throw new ConsoleError(
      'TLS_FILE_INVALID',
      `server.ssl.key-store=${store} is a JKS: keytool -importkeystore -srckeystore ${store} -destkeystore console.p12 -deststoretype PKCS12`,
    );
  }
  const passphrase = keyPassword ?? config['server.ssl.key-store-password'];
  if (content.includes('-----BEGIN')) return { cert: content, key: content, passphrase };
  return { pfx: content, passphrase };
}

const JKS_MAGIC = 0xfeedfeed;

/** Spring's `file:` and `classpath:` before a path mean nothing here. */
function tlsFile(key: string, path: string, disk: Disk): Buffer {
  const plain = resolve(path.replace(/^(?:file|classpath):/, ''));
  const content = disk.readFile(plain);
  if (content !== undefined) return content;
  throw new ConsoleError('TLS_FILE_INVALID', `${key}=${path}: there is no file ${plain}`);
}
