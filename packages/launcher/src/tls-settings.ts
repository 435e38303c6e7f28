import type { Disk, TlsServerOptions } from '@rocketmq-ts/kernel';
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
  const file = disk.readFile(systemProperties.get('tls.config.file') ?? DEFAULT_FILE);
  const settings = new Map([...systemProperties, ...(file === undefined ? [] : parsePropertiesFile(file))]);
  const text = (key: string): string | undefined => settings.get(key)?.trim() || undefined;
  if ((text('tls.test.mode.enable') ?? 'true').toLowerCase() === 'true') return { mode };

  const pem = (key: string): string | undefined => {
    const path = text(key);
    if (path === undefined) return undefined;
    const content = disk.readFile(path);
    if (content === undefined) throw new LauncherError('TLS_SETTING_INVALID', `${key}=${path}: there is no such file`);
    return content.toString();
  };
  const certificatePem = pem('tls.server.certPath');
  const keyPem = pem('tls.server.keyPath');
  if (certificatePem === undefined || keyPem === undefined) {
    const sentence = 'tls.test.mode.enable=false needs tls.server.certPath and tls.server.keyPath';
    throw new LauncherError('TLS_SETTING_INVALID', sentence);
  }
  const keyPassword = text('tls.server.keyPassword');
  const clientCaPem = pem('tls.server.trustCertPath');
  return {
    mode,
    certificatePem,
    keyPem,
    clientAuth: choice('tls.server.need.client.auth', text('tls.server.need.client.auth'), CLIENT_AUTH, 'none'),
    ...(keyPassword === undefined ? {} : { keyPassword }),
    ...(clientCaPem === undefined ? {} : { clientCaPem }),
  };
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
