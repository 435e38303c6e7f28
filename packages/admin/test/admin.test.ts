import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { silentLogger } from '@rocketmq-ts/kernel';
import {
  DELETE_KV_CONFIG,
  encodeClusterInfo,
  encodeConsumerConnection,
  encodeConsumeStats,
  encodeMessage,
  encodeTopicRouteData,
  formatMessageProperties,
  GET_BROKER_CLUSTER_INFO,
  GET_CONSUME_STATS,
  GET_CONSUMER_CONNECTION_LIST,
  GET_ROUTEINFO_BY_TOPIC,
  GET_TOPIC_CONFIG,
  GET_TOPIC_STATS_INFO,
  type MessageModel,
  MessageSysFlag,
  PUT_KV_CONFIG,
  QUERY_MESSAGE,
  SEND_MESSAGE_V2,
  UPDATE_AND_CREATE_TOPIC,
  VIEW_MESSAGE_BY_ID,
} from '@rocketmq-ts/protocol';
import { createRemotingServer, type RemotingServer } from '@rocketmq-ts/remoting';
import { SimulatedEnvironment } from '@rocketmq-ts/testkit';
import {
  type Admin,
  type AdminError,
  type AdminOptions,
  createAdmin,
  createTopicConfig,
  masterAddresses,
  mastersWithSlaves,
} from '../src/index.ts';

const broker = {
  cluster: 'C',
  brokerName: 'a',
  brokerAddrs: new Map([[0, 'broker:10911']]),
  enableActingMaster: false,
  zoneName: undefined,
};
const route = encodeTopicRouteData(
  {
    orderTopicConf: undefined,
    queueDatas: [{ brokerName: 'a', readQueueNums: 8, writeQueueNums: 8, perm: 6, topicSysFlag: 0 }],
    brokerDatas: [broker],
    filterServerTable: new Map(),
    topicQueueMappingByBroker: undefined,
  },
  { version: 493 },
);

interface Cluster {
  readonly admin: Admin;
  readonly nameServer: RemotingServer;
  readonly broker: RemotingServer;
}

/** A name server that knows every topic but those that start with `no`, and a broker without any handler. */
async function withCluster(
  prepare: (cluster: Omit<Cluster, 'admin'>) => void,
  use: (admin: Admin) => Promise<void>,
  namesrvAddresses: readonly string[] = ['names:9876'],
): Promise<void> {
  const environment = new SimulatedEnvironment(7);
  const serverOn = (host: string, port: number): RemotingServer =>
    createRemotingServer({ platform: environment.machine(host), logger: silentLogger, host: '0.0.0.0', port });
  const cluster = { nameServer: serverOn('names', 9876), broker: serverOn('broker', 10911) };
  cluster.nameServer.handle(GET_ROUTEINFO_BY_TOPIC, (call) => {
    if (/^no/.test(call.header.topic)) call.fail(17, `no route of ${call.header.topic}`);
    else call.answer({}, { body: route });
  });
  prepare(cluster);
  await cluster.nameServer.start();
  await cluster.broker.start();
  const admin = createAdmin({ platform: environment.machine('tool'), namesrvAddresses, logger: silentLogger });
  await environment.clock.run(async () => {
    await admin.start();
    await use(admin);
    await admin.stop();
    await admin.stop();
    await cluster.broker.stop();
    await cluster.nameServer.stop();
  });
}

test('a refusal carries code, remark and address of the server', async () => {
  await withCluster(
    ({ broker }) => broker.handle(GET_TOPIC_STATS_INFO, (call) => call.fail(17, 'topic[T] not exist')),
    async (admin) => {
      await assert.rejects(admin.examineTopicStats('T'), (error: AdminError) => {
        assert.equal(error.code, 'REFUSED');
        assert.equal(error.responseCode, 17);
        assert.equal(error.remark, 'topic[T] not exist');
        assert.equal(error.message, 'CODE: 17  DESC: topic[T] not exist BROKER: broker:10911');
        return !error.retryable;
      });
    },
  );
});

test('a refusal without a remark never prints null', async () => {
  await withCluster(
    ({ broker }) => broker.handle(GET_TOPIC_STATS_INFO, (call) => call.answer({}, { code: 1 })),
    async (admin) => {
      await assert.rejects(
        admin.examineTopicStats('T'),
        /CODE: 1 {2}DESC: GET_TOPIC_STATS_INFO was refused without a reason/,
      );
    },
  );
});

test('a broker that is not there is named, and may be tried again', async () => {
  await withCluster(
    () => {},
    async (admin) => {
      await assert.rejects(admin.brokerRuntimeInfo('broker:1'), (error: AdminError) => {
        assert.equal(error.code, 'UNREACHABLE');
        assert.match(error.message, /broker:1/);
        return error.retryable;
      });
    },
  );
});

test('reads go to the next name server when one is not there, and stay with it', async () => {
  let asked = 0;
  await withCluster(
    ({ nameServer }) =>
      nameServer.handle(GET_BROKER_CLUSTER_INFO, (call) => {
        asked++;
        call.answer({}, { body: encodeClusterInfo({ brokerAddrTable: new Map(), clusterAddrTable: new Map() }) });
      }),
    async (admin) => {
      await admin.examineClusterInfo();
      await admin.examineClusterInfo();
      assert.equal(asked, 2);
    },
    ['names:1', 'names:9876'],
  );
});

test('writes go to every name server, and the failure of one is reported after all were asked', async () => {
  const seen: string[] = [];
  await withCluster(
    ({ nameServer }) => {
      nameServer.handle(PUT_KV_CONFIG, (call) => {
        seen.push(`${call.header.key}=${call.header.value}`);
        call.answer({});
      });
      nameServer.handle(DELETE_KV_CONFIG, (call) => call.answer({}));
    },
    async (admin) => {
      await assert.rejects(admin.putKvConfig('N', 'k', 'v'), { code: 'NO_NAME_SERVER' });
      assert.deepEqual(seen, ['k=v']);
    },
    ['names:1', 'names:9876'],
  );
});

test('a 4.x broker that knows no topic config request has no config to show', async () => {
  await withCluster(
    ({ broker }) => broker.handle(GET_TOPIC_CONFIG, (call) => call.fail(3, 'not supported')),
    async (admin) => assert.equal(await admin.examineTopicConfig('broker:10911', 'T'), undefined),
  );
});

test('a perm that is not allowed is refused before any server is asked', async () => {
  await withCluster(
    ({ broker }) => broker.handle(UPDATE_AND_CREATE_TOPIC, () => assert.fail('asked')),
    async (admin) => {
      const topic = createTopicConfig('T', { perm: 9 });
      await assert.rejects(admin.createTopic('broker:10911', topic), { code: 'BAD_ARGUMENT', responseCode: 16 });
    },
  );
});

describe('a group without a queue to report', () => {
  function groupOf(model: MessageModel | undefined): (cluster: Omit<Cluster, 'admin'>) => void {
    return ({ broker }) => {
      broker.handle(GET_CONSUME_STATS, (call) =>
        call.answer({}, { body: encodeConsumeStats({ offsetTable: [], consumeTps: 0 }) }),
      );
      broker.handle(GET_CONSUMER_CONNECTION_LIST, (call) => {
        if (model === undefined) return call.fail(206, 'the consumer group[G] not online');
        const body = encodeConsumerConnection({
          connectionSet: [],
          subscriptionTable: new Map(),
          consumeType: 'CONSUME_PASSIVELY',
          messageModel: model,
          consumeFromWhere: 'CONSUME_FROM_LAST_OFFSET',
        });
        call.answer({}, { body });
      });
    };
  }

  for (const [model, responseCode] of [
    [undefined, 206],
    ['CLUSTERING', 206],
    ['BROADCASTING', 213],
  ] as const) {
    test(`fails with ${responseCode} when it is ${model ?? 'offline'}`, async () => {
      await withCluster(groupOf(model), async (admin) => {
        await assert.rejects(admin.examineConsumeStats('G'), { code: 'NOT_ONLINE', responseCode });
      });
    });
  }
});

test('an unknown topic is sent to the brokers of the template topic, to as many queues as it will get', async () => {
  const queueIds = new Set<number>();
  await withCluster(
    ({ broker }) =>
      broker.handle(SEND_MESSAGE_V2, (call) => {
        queueIds.add(call.header.queueId);
        call.answer({ msgId: 'id', queueId: call.header.queueId, queueOffset: 3 });
      }),
    async (admin) => {
      for (let n = 0; n < 64; n++) {
        const sent = await admin.sendMessage({ topic: 'noSuchTopic', body: Buffer.from('x') });
        assert.equal(sent.sendStatus, 'SEND_OK');
        assert.match(sent.msgId, /^[0-9A-F]{32}$/);
      }
    },
  );
  assert.deepEqual([...queueIds].sort(), [0, 1, 2, 3]);
});

test('a message that was stored late is reported as stored, with its status', async () => {
  await withCluster(
    ({ broker }) =>
      broker.handle(SEND_MESSAGE_V2, (call) => call.answer({ msgId: 'id', queueId: 1, queueOffset: 3 }, { code: 12 })),
    async (admin) => {
      const sent = await admin.sendMessage({ topic: 'T', body: Buffer.from('x'), brokerName: 'a', queueId: 1 });
      assert.equal(sent.sendStatus, 'FLUSH_SLAVE_TIMEOUT');
    },
  );
});

test('an id that finds nothing by offset is looked for by unique key', async () => {
  const asked: string[] = [];
  await withCluster(
    ({ broker }) => {
      broker.handle(VIEW_MESSAGE_BY_ID, (call) => call.fail(1, 'no'));
      broker.handle(QUERY_MESSAGE, (call) => {
        asked.push(`${call.header.key} ${call.header.indexType} ${call.header.uniqueKeyQuery}`);
        call.fail(22, 'none');
      });
    },
    async (admin) => {
      await assert.rejects(admin.viewMessage('T', 'some-key'), { responseCode: 208 });
      assert.deepEqual(asked, ['some-key U true']);
    },
  );
});

test('a message whose body cannot be inflated is found by its key, and so are its neighbours', async () => {
  const stored = (sysFlag: number, physicalOffset: number): Buffer =>
    encodeMessage({
      topic: 'T',
      queueId: 0,
      flag: 0,
      queueOffset: 0,
      physicalOffset,
      sysFlag,
      bornTimestamp: 1,
      bornHost: { host: '1.2.3.4', port: 5 },
      storeTimestamp: physicalOffset,
      storeHost: { host: '1.2.3.4', port: 10911 },
      reconsumeTimes: 0,
      preparedTransactionOffset: 0,
      body: Buffer.from('plain'),
      propertiesText: formatMessageProperties([['KEYS', 'k']]),
    });
  const broken = stored(MessageSysFlag.COMPRESSED, 2);
  await withCluster(
    ({ broker }) => {
      const body = Buffer.concat([stored(0, 1), broken, stored(0, 3)]);
      const header = { indexLastUpdateTimestamp: 0, indexLastUpdatePhyoffset: 0 };
      broker.handle(QUERY_MESSAGE, (call) => call.answer(header, { body }));
    },
    async (admin) => {
      const found = await admin.queryMessage({ topic: 'T', key: 'k' });
      assert.deepEqual(
        found.map((message) => [message.body.toString(), message.sysFlag]),
        [
          ['plain', 0],
          ['plain', MessageSysFlag.COMPRESSED],
          ['plain', 0],
        ],
      );
    },
  );
});

test('masters and slaves of a cluster are distinguished', () => {
  const data = (brokerName: string, ...entries: [number, string][]) => ({
    ...broker,
    brokerName,
    brokerAddrs: new Map(entries),
  });
  const info = {
    clusterAddrTable: new Map([['C', ['a', 'b']]]),
    brokerAddrTable: new Map([
      ['a', data('a', [0, 'm'], [1, 's1'])],
      ['b', data('b', [1, 's2'])],
    ]),
  };
  assert.deepEqual(masterAddresses(info, 'C'), ['m']);
  assert.equal(masterAddresses(info, 'X'), undefined);
  assert.deepEqual(
    mastersWithSlaves(info, 'C'),
    new Map([
      ['m', ['s1']],
      ['NO_MASTER', ['s2']],
    ]),
  );
});

test('an admin needs no more than the addresses of name servers, and connects to nothing by itself', async () => {
  const options: AdminOptions = { namesrvAddresses: ['127.0.0.1:1'] };
  await using admin = createAdmin(options);
  await admin.start();
  assert.deepEqual(admin.namesrvAddresses, ['127.0.0.1:1']);
});
