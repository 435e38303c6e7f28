import type { Dashboard, DashboardSettings } from '@rocketmq-ts/dashboard';
import { type Logger, nodePlatform, type Service, systemErrorCode, type TlsClientOptions } from '@rocketmq-ts/kernel';
import { LauncherError } from '../errors.ts';

/** What a console is made from. */
interface DashboardServiceOptions {
  readonly settings: DashboardSettings;
  /** Of requests to the clusters; undefined: plain connections. */
  readonly tls: TlsClientOptions | undefined;
  /** Of this machine: under it the console is known as well. */
  readonly hostName: string;
  /** For the password of the first start, which must not be in a log. */
  readonly print: (line: string) => void;
}

/** A console whose code is loaded when it is started: until then a program costs what it costs without one. */
export function dashboardService(options: DashboardServiceOptions): {
  build(logger: Logger, auditLogger: Logger): Service;
  /** Where it answers; known after the start. */
  url(): string;
} {
  let dashboard: Dashboard | undefined;
  return {
    url: () => dashboard?.url ?? '',
    build: (logger, auditLogger) => ({
      async start() {
        const { settings, print } = options;
        const { createDashboard, startOptions } = await import('@rocketmq-ts/dashboard');
        const { tls, hostName } = options;
        dashboard = await createDashboard(
          startOptions(settings, { platform: nodePlatform, logger, auditLogger, tls, hostName }),
        );
        try {
          await dashboard.start();
        } catch (error) {
          await dashboard.stop();
          throw refusedPort(error, settings.port);
        }
        const { firstUser } = dashboard;
        if (firstUser !== undefined) {
          print(`A user was made, since there was none: ${firstUser.name} with the password ${firstUser.password}`);
          print(`Only its hash is kept, in ${settings.dataPath}/users.properties: write the password down now.`);
        }
      },
      stop: async () => dashboard?.stop(),
    }),
  };
}

function refusedPort(error: unknown, port: number): unknown {
  const code = systemErrorCode(error);
  if (code === 'EADDRINUSE') {
    return new LauncherError(
      'DASHBOARD_PORT_IN_USE',
      `Port ${port} is in use by another process: give the console another one`,
      {
        cause: error,
      },
    );
  }
  return error;
}
