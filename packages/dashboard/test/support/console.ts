import type { Cluster } from '@rocketmq-ts/testkit/cluster';
import { createDashboard, type Dashboard, type DashboardOptions } from '../../src/index.ts';

/** A console of a simulated cluster, asked without a socket. */
export interface TestConsole {
  readonly dashboard: Dashboard;
  /** Id of the cluster in addresses. */
  readonly id: string;
  /** Asks a path below `/api/v1`; gives status and body. */
  ask(method: Method, path: string, body?: unknown): Promise<{ readonly status: number; readonly body: unknown }>;
  /** The body of an answer that must be a success. Throws with status and body of any other. */
  get<Answer>(path: string): Promise<Answer>;
  stop(): Promise<void>;
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** Starts a console on a machine of its own and lets it collect once. */
export async function consoleOf(cluster: Cluster, options: Partial<DashboardOptions> = {}): Promise<TestConsole> {
  const platform = cluster.environment.machine('console');
  const clusters = [{ namesrvAddr: cluster.namesrvAddr }];
  const dashboard = await createDashboard({ clusters, platform, ...options });
  dashboard.history.start();
  dashboard.alerts.start();
  await cluster.run(dashboard.registry.start());
  await cluster.run(Promise.resolve(dashboard.http.ready()));
  const [first] = dashboard.registry.list();
  await cluster.run(first!.refresh());
  const ask: TestConsole['ask'] = async (method, path, body) => {
    const payload = body === undefined ? {} : { payload: body as object };
    const response = await cluster.run(
      Promise.resolve(dashboard.http.inject({ method, url: `/api/v1${path}`, ...payload })),
    );
    return { status: response.statusCode, body: response.body === '' ? undefined : response.json() };
  };
  return {
    dashboard,
    id: first!.id,
    ask,
    async get<Answer>(path: string) {
      const { status, body } = await ask('GET', path);
      if (status !== 200) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`);
      return body as Answer;
    },
    async stop() {
      await cluster.run(dashboard.registry.stop());
      dashboard.alerts.stop();
      dashboard.history.stop();
      await dashboard.http.close();
    },
  };
}
