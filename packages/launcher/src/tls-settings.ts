import type { Disk, TlsClientOptions, TlsServerOptions } from '@rocketmq-ts/kernel';
import { parsePropertiesFile } from '@rocketmq-ts/protocol';
import { LauncherError } from './errors.ts';

const MODES = ['disabled', 'permissive', 'enforcing'] as const;
const CLIENT_AUTH = ['none', 'optional', 'require'] as const;
const DEFAULT_FILE = '/etc/rocketmq/tls.properties';

/**
 * TLS of a server, from `-Dtls.…` and the file that `-Dtls.config.file` names; the file wins, but for the mode, which only
 * the system properties give. By default plain and TLS connections are taken on one port, with a certificate made on the
 * first need (`tls.test.mode.enable`). Throws `TLS_SETTING_INVALID` with the name of the setting.
 * Source: TlsSystemConfig, TlsHelper.
 */
export function tlsServerOptions(systemProperties: ReadonlyMap<string, string>, disk: Disk): TlsServerOptions {
  const mode = choice('tls.server.mode', systemProperties.get('tls.server.mode'), MODES, 'permissive');
  if (mode === 'disabled') return { mode };
  const settings = readSettings(systemProperties, disk);
  if (isTestMode(settings)) return { mode };
  const certificatePem = pem(settings, disk, 'tls.server.certPath');
  const keyPem = pem(settings, disk, 'tls.server.keyPath');
  if (certificatePem === undefined || keyPem === undefined) {
    const sentence = 'tls.test.mode.enable=false needs tls.server.certPath and tls.server.keyPath';
    throw new LauncherError('TLS_SETTING_INVALID', sentence);
  }
  const keyPassword = text(settings, 'tls.server.keyPassword');
  const clientCaPem = pem(settings, disk, 'tls.server.trustCertPath');
  return {
    mode,
    certificatePem,
    keyPem,
    clientAuth: choice(
      'tls.server.need.client.auth',
      text(settings, 'tls.server.need.client.auth'),
      CLIENT_AUTH,
      'none',
    ),
    ...(keyPassword === undefined ? {} : { keyPassword }),
    ...(clientCaPem === undefined ? {} : { clientCaPem }),
  };
}

/**
 * TLS of what a process asks of others, from `tls.enable` and `tls.client.…`; undefined: plain connections. A server that takes
 * TLS connections only asks over TLS too, unless `tls.enable` is set. Throws `TLS_SETTING_INVALID`.
 * Source: NettyClientConfig, TlsHelper#buildSslContext.
 */
export function tlsClientOptions(
  systemProperties: ReadonlyMap<string, string>,
  disk: Disk,
): TlsClientOptions | undefined {
  const enforcing = systemProperties.get('tls.server.mode')?.toLowerCase() === 'enforcing';
  const wanted = systemProperties.get('tls.enable')?.toLowerCase() ?? String(enforcing);
  if (wanted !== 'true') return undefined;
  const settings = readSettings(systemProperties, disk);
  if (isTestMode(settings)) return {};
  const checksServer = text(settings, 'tls.client.authServer')?.toLowerCase() === 'true';
  const caPem = checksServer ? pem(settings, disk, 'tls.client.trustCertPath') : undefined;
  if (checksServer && caPem === undefined) {
    throw new LauncherError('TLS_SETTING_INVALID', 'tls.client.authServer=true needs tls.client.trustCertPath');
  }
  const certificatePem = pem(settings, disk, 'tls.client.certPath');
  const keyPem = pem(settings, disk, 'tls.client.keyPath');
  const keyPassword = text(settings, 'tls.client.keyPassword');
  return {
    ...(caPem === undefined ? {} : { caPem }),
    ...(certificatePem === undefined ? {} : { certificatePem }),
    ...(keyPem === undefined ? {} : { keyPem }),
    ...(keyPassword === undefined ? {} : { keyPassword }),
  };
}

type Settings = ReadonlyMap<string, string>;

function readSettings(systemProperties: Settings, disk: Disk): Settings {
  const file = disk.readFile(systemProperties.get('tls.config.file') ?? DEFAULT_FILE);
  return new Map([...systemProperties, ...(file === undefined ? [] : parsePropertiesFile(file))]);
}

function isTestMode(settings: Settings): boolean {
  return (text(settings, 'tls.test.mode.enable') ?? 'true').toLowerCase() === 'true';
}

function text(settings: Settings, key: string): string | undefined {
  return settings.get(key)?.trim() || undefined;
}

function pem(settings: Settings, disk: Disk, key: string): string | undefined {
  const path = text(settings, key);
  if (path === undefined) return undefined;
  const content = disk.readFile(path);
  if (content === undefined) throw new LauncherError('TLS_SETTING_INVALID', `${key}=${path}: there is no such file`);
  return content.toString();
}

function choice<T extends string>(key: string, value: string | undefined, allowed: readonly T[], fallback: T): T {
  if (value === undefined || value === '') return fallback;
  const found = allowed.find((each) => each === value.toLowerCase());
  if (found !== undefined) return found;
  throw new LauncherError(
    'TLS_SETTING_INVALID',
    `${key}=${value} is not allowed: it takes one of ${allowed.join(', ')}`,
  );
}
