import type { Logger, Platform, TlsClientOptions } from '@rocketmq-ts/kernel';
import type { DashboardOptions } from '../dashboard.ts';
import type { DashboardSettings } from './settings.ts';

/** What a program adds to the settings. */
export interface StartSurroundings {
  readonly platform: Platform;
  readonly logger: Logger;
  /** One line for each change. */
  readonly auditLogger: Logger;
  /** Of requests to the clusters. */
  readonly tls: TlsClientOptions | undefined;
  /** Of this machine. */
  readonly hostName: string;
}

/** A console as these settings describe it. */
export function startOptions(settings: DashboardSettings, surroundings: StartSurroundings): DashboardOptions {
  const { hostName, ...others } = surroundings;
  return {
    ...others,
    clusters: settings.clusters.map((addresses) => ({ namesrvAddr: addresses.join(';') })),
    host: settings.address,
    port: settings.port,
    basePath: `${settings.contextPath}/`,
    dataPath: settings.dataPath,
    keepsHistory: settings.collect,
    credentials: settings.credentials,
    timeoutMs: settings.timeoutMs,
    https: settings.tls,
    trustedProxies: settings.trustedProxies,
    traceTopic: settings.traceTopic,
    proxies: settings.proxyAddresses,
    alertWebhook: settings.alertWebhook,
    session: {
      loginRequired: settings.loginRequired,
      authMode: settings.authMode,
      idleMs: settings.sessionTimeoutMs,
      ownNames: [...settings.allowedHosts, hostName],
    },
  };
}
