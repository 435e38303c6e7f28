import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type ClientOptions, Producer, PullConsumer, PushConsumer } from '@rocketmq-ts/client';
import { silentLogger } from '@rocketmq-ts/kernel';
import { SimulatedEnvironment } from '@rocketmq-ts/testkit';
import { type OurServer, startOurBroker, startOurNamesrv } from '@rocketmq-ts/testkit/processes';
import { ScriptedCluster } from './scripted-cluster.ts';

/** Processes make and stop clients as long as they run: nothing of a stopped one may stay. */
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** The look for messages that are too long in a listener. */
const LONGEST_TIMER_MS = 16 * 60_000;

/** Bytes in use after everything that can be freed was. */
async function usedBytes(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** The life of one client of each kind; its work and its status are used. */
async function liveOnce(options: ClientOptions, run: <T>(work: Promise<T>) => Promise<T>): Promise<void> {
  const producer = new Producer({ ...options, producerGroup: 'orders', topics: ['TopicTest'] });
  const push = new PushConsumer({ ...options, consumerGroup: 'billing' });
  push.subscribe('TopicTest');
  const pull = new PullConsumer({ ...options, consumerGroup: 'pulling' });
  pull.subscribe('TopicTest', 'TagA');
  const abort = new AbortController();
  void pull.status({ signal: abort.signal });
  void push.status();
  await run(Promise.all([producer.start(), push.start(() => {}), pull.start()]));
  await run(producer.send({ topic: 'TopicTest', body: 'x' }, { signal: abort.signal }));
  await run(pull.poll({ timeoutMs: 0, signal: abort.signal }));
  await run(Promise.all([producer.stop(), push.stop(), pull.stop()]));
}

test('a thousand starts and stops leave no memory, timer or connection behind', async () => {
  const environment = new SimulatedEnvironment(47);
  const cluster = await ScriptedCluster.start(environment, { TopicTest: 2 });
  const timers = environment.clock.pendingTimers;
  const options = {
    namesrvAddr: cluster.namesrvAddr,
    platform: environment.machine('client'),
    logger: silentLogger,
  };
  const live = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      await liveOnce(options, (work) => environment.clock.run(work));
      // What the scripted broker remembers of requests.
      cluster.seen.splice(0);
      cluster.log.splice(0);
      cluster.producers.clear();
      cluster.connections.clear();
      // The virtual clock keeps a cancelled task until it would be due.
      if (i % 50 === 49) await environment.clock.advance(LONGEST_TIMER_MS);
    }
    assert.equal(environment.clock.pendingTimers, timers);
    assert.equal(environment.network.connectionCount, 0);
  };
  await live(100);
  const before = await usedBytes();
  await live(250);
  const grown = (await usedBytes()) - before;
  // What one client keeps while it runs is more than a hundred times as much for each.
  assert.ok(grown < 1_000_000, `${grown} bytes more after ${3 * 250} of them`);
  await environment.clock.run(cluster.stop());
});

test('fifty starts and stops on real sockets leave no handle, timer or memory behind', async (t) => {
  const home = mkdtempSync(join(tmpdir(), 'rocketmq-ts-cycles-'));
  const servers: OurServer[] = [];
  t.after(async () => {
    for (const server of servers.reverse()) await server.kill();
    rmSync(home, { recursive: true, force: true });
  });
  const namesrv = await startOurNamesrv({ home: join(home, 'namesrv') });
  servers.push(namesrv);
  const properties = { mappedFileSizeCommitLog: 1024 * 1024, bindAddress: '127.0.0.1' };
  servers.push(await startOurBroker({ home: join(home, 'broker'), namesrv: namesrv.address, properties }));
  const options = { namesrvAddr: namesrv.address, logger: silentLogger, clientIp: '127.0.0.1' };
  const run = <T>(work: Promise<T>): Promise<T> => work;
  const handles = (): string[] =>
    process
      .getActiveResourcesInfo()
      .filter((name) => name !== 'Immediate')
      .sort();
  await liveOnce(options, run);
  const before = { handles: handles(), bytes: await usedBytes() };
  for (let i = 0; i < 17; i++) await liveOnce(options, run);
  // Sockets are closed a turn after they were ended.
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(handles(), before.handles);
  const grown = (await usedBytes()) - before.bytes;
  assert.ok(grown < 2_000_000, `${grown} bytes more after 51 of them`);
});
