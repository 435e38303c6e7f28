import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { nodePlatform, silentLogger } from '@rocketmq-ts/kernel';
import {
  createTopicConfig,
  decodeTopicList,
  encodeJson,
  GET_ALL_TOPIC_LIST_FROM_NAMESERVER,
  GET_ROUTEINFO_BY_TOPIC,
} from '@rocketmq-ts/protocol';
import { createRemotingClient } from '@rocketmq-ts/remoting';
import { startApacheBroker, startApacheNamesrv } from '@rocketmq-ts/testkit/java';
import { startOurBroker, startOurNamesrv } from '@rocketmq-ts/testkit/processes';
import { unlessJava } from '../support/needs.ts';

const TOPICS = 60_000;
const TEST_MS = 240_000;
/** Of both brokers, by default. Source: BrokerConfig, registerNameServerPeriod. */
const REGISTRATION_PERIOD_MS = 30_000;
const nameOf = (i: number): string => `T${i}`.padEnd(100, 'x');

interface Server {
  readonly address: string;
  kill(): Promise<unknown>;
}

/** A store folder whose topics are so many that one frame cannot hold them. */
function storeOfManyTopics(home: string): string {
  const store = join(home, 'store');
  mkdirSync(join(store, 'config'), { recursive: true });
  const topicConfigTable: Record<string, unknown> = {};
  for (let i = 0; i < TOPICS; i++) topicConfigTable[nameOf(i)] = createTopicConfig(nameOf(i));
  const dataVersion = { counter: 1, stateVersion: 0, timestamp: 1_700_000_000_000 };
  writeFileSync(join(store, 'config', 'topics.json'), encodeJson({ dataVersion, topicConfigTable } as never));
  return store;
}

/** Every topic has a route at the name server. */
async function allAreRouted(namesrv: string): Promise<void> {
  const client = createRemotingClient({ platform: nodePlatform, logger: silentLogger });
  await client.start();
  try {
    const options = { timeoutMs: 30_000 };
    const routed = async (): Promise<number> => {
      const list = await client.request(namesrv, GET_ALL_TOPIC_LIST_FROM_NAMESERVER, {}, options);
      return decodeTopicList(list.body).topicList.filter((topic) => topic.length === 100).length;
    };
    // Apache's broker sometimes sends only a part of its topics at its start, and all of them with its next registration.
    const giveUpAt = Date.now() + 2 * REGISTRATION_PERIOD_MS;
    while ((await routed()) < TOPICS && Date.now() < giveUpAt) await pause(500);
    assert.equal(await routed(), TOPICS);
    for (const i of [0, 1, 799, 800, TOPICS / 2, TOPICS - 1]) {
      const route = await client.request(namesrv, GET_ROUTEINFO_BY_TOPIC, { topic: nameOf(i) }, options);
      assert.equal(route.code, 0, route.remark);
    }
  } finally {
    await client.stop();
  }
}

async function inFolder(use: (home: string, started: Server[]) => Promise<void>): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'many-topics-'));
  const started: Server[] = [];
  try {
    await use(home, started);
  } finally {
    for (const server of started.reverse()) await server.kill();
    rmSync(home, { recursive: true, force: true });
  }
}

suite('a broker of 60,000 topics with names of 100 characters is routed', { skip: unlessJava() }, () => {
  for (const properties of [{}, { compressedRegister: true }, { enableSplitRegistration: true }]) {
    const how = JSON.stringify(properties);
    test(`ours at Apache's name server, with ${how}`, { timeout: TEST_MS }, async () => {
      await inFolder(async (home, started) => {
        const namesrv = await startApacheNamesrv({ home: join(home, 'namesrv') });
        started.push(namesrv);
        const storeDirectory = storeOfManyTopics(home);
        const broker = { home: join(home, 'broker'), namesrv: namesrv.address };
        started.push(await startOurBroker({ ...broker, storeDirectory, properties }));
        await allAreRouted(namesrv.address);
      });
    });
  }

  test("Apache's with enableSplitRegistration at ours", { timeout: TEST_MS }, async () => {
    await inFolder(async (home, started) => {
      const namesrv = await startOurNamesrv({ home: join(home, 'namesrv') });
      started.push(namesrv);
      const storeDirectory = storeOfManyTopics(home);
      const broker = { home: join(home, 'broker'), namesrv: namesrv.address };
      const properties = { enableSplitRegistration: true };
      started.push(await startApacheBroker({ ...broker, storeDirectory, properties }));
      await allAreRouted(namesrv.address);
    });
  });
});
