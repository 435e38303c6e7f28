import assert from 'node:assert/strict';
import { type Cluster, startCluster } from '@rocketmq-ts/testkit/cluster';
import { consoleOf, type TestConsole } from './console.ts';

interface SendOptions {
  readonly tags?: string;
  readonly keys?: string;
}

/** Starts a cluster and a console of it for a test, and stops both. */
export async function withConsole(
  options: Parameters<typeof startCluster>[0],
  run: (parts: {
    readonly cluster: Cluster;
    readonly console: TestConsole;
    /** Sends so many messages, some milliseconds apart. */
    send(topic: string, bodies: readonly (string | Buffer)[], options?: SendOptions): Promise<{ msgId: string }[]>;
    post<Answer>(path: string, body: object): Promise<Answer>;
    get<Answer>(path: string, query?: Readonly<Record<string, string>>): Promise<Answer>;
  }) => Promise<void>,
): Promise<void> {
  const cluster = await startCluster(options);
  const producer = await cluster.producer({ producerGroup: 'shop' });
  const console = await consoleOf(cluster);
  const base = `/clusters/${console.id}`;
  try {
    await run({
      cluster,
      console,
      async send(topic, bodies, more = {}) {
        const sent = [];
        for (const body of bodies) {
          sent.push(await cluster.run(producer.send({ topic, body, ...more })));
          await cluster.advance(7);
        }
        return sent;
      },
      async post<Answer>(path: string, body: object) {
        const answered = await console.ask('POST', base + path, body);
        assert.equal(answered.status, 200, JSON.stringify(answered.body));
        return answered.body as Answer;
      },
      get: (path, query = {}) => console.get(`${base}${path}?${new URLSearchParams(query)}`),
    });
  } finally {
    await console.stop();
    await cluster.stop();
  }
}
