import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Producer, PushConsumer, silentLogger } from '@rocketmq-ts/client';
import { decodeTopicRouteData, GET_ROUTEINFO_BY_TOPIC, Perm, UPDATE_AND_CREATE_TOPIC } from '@rocketmq-ts/protocol';
import { type ApacheServer, brokerPortOffsets, freePort } from '@rocketmq-ts/testkit/java';
import type { OurServer } from '@rocketmq-ts/testkit/processes';
import { asked, logEndOf } from '../support/broker-under-test.ts';
import { type Make, startBroker, startNamesrv } from '../support/cluster.ts';
import { unlessJava } from '../support/needs.ts';

const TOPIC = 'ActingTopic';
const TEST_MS = 170_000;
const DELAYED = 4;

/** Master and slave. */
const MAKES: readonly (readonly [Make, Make])[] = [
  ['ours', 'ours'],
  ['apache', 'ours'],
  ['ours', 'apache'],
];

type Server = OurServer | ApacheServer;

/** A master with one slave, of two makes or one. */
interface Group {
  readonly name: string;
  readonly makes: { readonly master: Make; readonly slave: Make };
  master: Server;
  slave: Server;
}

const acting = {
  ...{ enableSlaveActingMaster: true, enableRemoteEscape: true, slaveReadEnable: true, totalReplicas: 2 },
  ...{ brokerNotActiveTimeoutMillis: 5000, brokerIP2: '127.0.0.1', mappedFileSizeCommitLog: 16 * 1024 * 1024 },
};

suite('slaves act for their masters, of our make and Apache’s, with name servers of both', {
  skip: unlessJava(),
}, () => {
  const home = mkdtempSync(join(tmpdir(), 'rocketmq-ts-acting-'));
  const running: Server[] = [];
  const groups: Group[] = [];
  const nameServers: Server[] = [];
  /** How often each body came. */
  const got = new Map<string, number>();
  let namesrv: string;
  let consumer: PushConsumer;
  let startMaster: (group: Pick<Group, 'name' | 'makes'>, port: number) => Promise<Server>;

  const kept = async <S extends Server>(starting: Promise<S>): Promise<S> => {
    const server = await starting;
    running.push(server);
    return server;
  };

  before(async () => {
    const properties = { supportActingMaster: true, notifyMinBrokerIdChanged: true, scanNotActiveBrokerInterval: 500 };
    const starting = (['ours', 'apache'] as const).map((make) =>
      kept(startNamesrv(make, join(home, `namesrv-${make}`), properties)),
    );
    nameServers.push(...(await Promise.all(starting)));
    namesrv = nameServers.map(({ address }) => address).join(';');
    startMaster = ({ name, makes }, port) => {
      const role = { brokerName: name, brokerRole: 'ASYNC_MASTER', brokerId: 0, haListenPort: port + 1 };
      return kept(startBroker(makes.master, join(home, name), namesrv, { ...acting, ...role }, port));
    };
    const other = await startMaster(
      { name: 'other', makes: { master: 'ours', slave: 'ours' } },
      await freePort(brokerPortOffsets),
    );
    await Promise.all(MAKES.map(startGroup));
    await Promise.all([other, ...groups.map(({ master }) => master)].map(({ address }) => makeTopic(address)));
  });
  const startGroup = async ([master, slave]: readonly [Make, Make]): Promise<void> => {
    const group = { name: `${master}-${slave}`, makes: { master, slave } };
    const started = await startMaster(group, await freePort(brokerPortOffsets));
    const port = await freePort(brokerPortOffsets);
    const role = { brokerName: group.name, brokerRole: 'SLAVE', brokerId: 1, haListenPort: port + 1 };
    const follower = await kept(
      startBroker(slave, join(home, `${group.name}-s`), namesrv, { ...acting, ...role }, port),
    );
    groups.push({ ...group, master: started, slave: follower });
  };
  after(async () => {
    await consumer?.stop();
    await Promise.all(running.map((server) => server.kill()));
    rmSync(home, { recursive: true, force: true });
  });

  /** What each name server shows of a group: addresses by id, and whether its queues may be written to. */
  const routeOf = async ({ name }: Group): Promise<readonly string[]> => {
    const seen: string[] = [];
    for (const { address } of nameServers) {
      const { code, body } = await asked(address, (namesrv) =>
        namesrv.ask(GET_ROUTEINFO_BY_TOPIC, { topic: TOPIC, acceptStandardJsonOnly: true }),
      );
      const { brokerDatas, queueDatas } = code === 0 ? decodeTopicRouteData(body) : { brokerDatas: [], queueDatas: [] };
      const members =
        brokerDatas.find(({ brokerName }) => brokerName === name)?.brokerAddrs ?? new Map<number, string>();
      const perm = queueDatas.find(({ brokerName }) => brokerName === name)?.perm ?? 0;
      seen.push(`${[...members].sort().map(([id, at]) => `${id}=${at}`)} ${Perm.isWriteable(perm) ? 'rw' : 'r'}`);
    }
    return seen;
  };
  const becomes = async (what: string, wanted: (group: Group) => string, limitMs: number): Promise<void> => {
    const giveUpAt = Date.now() + limitMs;
    for (const group of groups) {
      let seen = await routeOf(group);
      while (!seen.every((each) => each === wanted(group)) && Date.now() < giveUpAt) {
        await pause(200);
        seen = await routeOf(group);
      }
      assert.deepEqual(seen, [wanted(group), wanted(group)], `${group.name}: ${what}`);
    }
  };

  test('routes show the slave, what is due is delivered through another master, and the master returns', {
    timeout: TEST_MS,
  }, async () => {
    await becomes('master and slave', ({ master, slave }) => `0=${master.address},1=${slave.address} rw`, 40_000);
    consumer = new PushConsumer({
      ...{ namesrvAddr: namesrv, consumerGroup: 'acting', consumeFrom: 'FIRST_OFFSET', logger: silentLogger },
      pollNameServerIntervalMs: 1000,
    });
    consumer.subscribe(TOPIC);
    await consumer.start((message) => void got.set(message.text(), (got.get(message.text()) ?? 0) + 1));
    const bodies = await sendDelayed();
    for (const group of groups) await isReplicated(group);
    await Promise.all(groups.map(({ master }) => master.kill()));
    await becomes('the slave acts', ({ slave }) => `0=${slave.address} r`, 15_000);
    const giveUpAt = Date.now() + 45_000;
    while (bodies.some((body) => !got.has(body)) && Date.now() < giveUpAt) await pause(200);
    assert.deepEqual(
      bodies.filter((body) => !got.has(body)),
      [],
      'every delayed message came',
    );

    await Promise.all(
      groups.map(async (group) => {
        group.master = await startMaster(group, group.master.port);
      }),
    );
    await becomes('the master is back', ({ master, slave }) => `0=${master.address},1=${slave.address} rw`, 40_000);
  });

  /** Delayed messages to each group, due after its master is killed. */
  async function sendDelayed(): Promise<string[]> {
    const producer = new Producer({ namesrvAddr: namesrv, producerGroup: 'acting', logger: silentLogger });
    await producer.start();
    const bodies: string[] = [];
    try {
      for (const { name } of groups) {
        for (let index = 0; index < DELAYED; index++) {
          const body = `${name} ${index}`;
          const timing = index % 2 === 0 ? { delayLevel: 3 } : { delayMs: 12_000 };
          await producer.send(
            { topic: TOPIC, body, ...timing },
            { queue: { topic: TOPIC, brokerName: name, queueId: 0 } },
          );
          bodies.push(body);
        }
      }
    } finally {
      await producer.stop();
    }
    return bodies;
  }

  async function isReplicated({ name, master, slave }: Group): Promise<void> {
    for (const giveUpAt = Date.now() + 25_000; ; await pause(200)) {
      const [own, copied] = await Promise.all([logEndOf(master.address), logEndOf(slave.address)]);
      if (own === copied) return;
      assert.ok(Date.now() < giveUpAt, `${name}: the slave has ${copied} of ${own}`);
    }
  }
});

async function makeTopic(address: string): Promise<void> {
  const header = {
    ...{ topic: TOPIC, defaultTopic: 'TBW102', topicFilterType: 'SINGLE_TAG', topicSysFlag: 0, order: false },
    ...{ readQueueNums: 2, writeQueueNums: 2, perm: 6 },
  };
  const { code } = await asked(address, (broker) => broker.ask(UPDATE_AND_CREATE_TOPIC, header));
  assert.equal(code, 0);
}
