import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { inflateRawSync } from 'node:zlib';
import { type Cluster, startCluster } from '@rocketmq-ts/testkit/cluster';
import { countOf, slice } from '../src/old-paths/queue-ranges.ts';
import { consoleOf, type TestConsole } from './support/console.ts';

type Json = Readonly<Record<string, unknown>>;
interface Envelope {
  readonly status: number;
  readonly data: unknown;
  readonly errMsg: string | null;
  readonly failures?: readonly { readonly brokerName: string }[];
}

let cluster: Cluster;
let console: TestConsole;
const sent: string[] = [];
before(async () => {
  cluster = await startCluster({ seed: 3, brokers: 2, topics: { Orders: 2 } });
  const producer = await cluster.producer({ producerGroup: 'shop', enableMsgTrace: true });
  for (let at = 0; at < 25; at++) {
    const result = await cluster.run(
      producer.send({ topic: 'Orders', keys: [`k${at}`], tags: 'T', body: `body ${at}` }),
    );
    sent.push(result.msgId);
  }
  await cluster.consumer({ consumerGroup: 'billing', topics: { Orders: '*' } }, () => {});
  await cluster.advance(40_000);
  console = await consoleOf(cluster);
});
after(async () => {
  await console.stop();
  await cluster.stop();
});

type Sent = { readonly query?: Json; readonly form?: Json; readonly json?: unknown };

/** As `curl` sends it: a query, `-d` fields, or JSON. */
async function ask(method: 'GET' | 'POST' | 'DELETE', path: string, { query, form, json }: Sent = {}) {
  const params = (values: Json): string => new URLSearchParams(values as Record<string, string>).toString();
  const payload = json !== undefined ? JSON.stringify(json) : form !== undefined ? params(form) : undefined;
  const type = json !== undefined ? 'application/json' : 'application/x-www-form-urlencoded';
  const url = query === undefined ? path : `${path}?${params(query)}`;
  const input = payload === undefined ? {} : { payload, headers: { 'content-type': type } };
  return cluster.run(Promise.resolve(console.dashboard.http.inject({ method, url, ...input })));
}

async function data<Data = Json>(method: 'GET' | 'POST' | 'DELETE', path: string, sentWith: Sent = {}): Promise<Data> {
  const answer = await ask(method, path, sentWith);
  const envelope = answer.json() as Envelope;
  assert.deepEqual([answer.statusCode, envelope.status, envelope.errMsg], [200, 0, null], path);
  return envelope.data as Data;
}

async function refusal(method: 'GET' | 'POST', path: string, sentWith: Sent = {}): Promise<string> {
  const answer = await ask(method, path, sentWith);
  const envelope = answer.json() as Envelope;
  assert.deepEqual([answer.statusCode, envelope.status, envelope.data], [200, -1, null], path);
  return envelope.errMsg!;
}

const names = (value: object): string[] => Object.keys(value);

test('cluster/list has brokers with their counters, and a broker’s configuration', async () => {
  const list = await data<{
    clusterInfo: Json;
    brokerServer: Record<string, Record<string, Json>>;
    messageTypes: Json;
  }>('GET', '/cluster/list.query');
  assert.deepEqual(names(list.clusterInfo), ['brokerAddrTable', 'clusterAddrTable']);
  assert.deepEqual(names(list.brokerServer).sort(), ['broker-a', 'broker-b']);
  assert.ok('msgPutTotalTodayNow' in list.brokerServer['broker-a']!['0']!);
  assert.equal(list.messageTypes.NORMAL, 'MESSAGE_TYPE_NORMAL');
  const table = list.clusterInfo.brokerAddrTable as Record<string, { brokerAddrs: Record<string, string> }>;
  const config = await data('GET', '/cluster/brokerConfig.query', {
    query: { brokerAddr: table['broker-a']!.brokerAddrs['0'] },
  });
  assert.equal(config.brokerName, 'broker-a');
});

test('ops and proxy: name servers as one text, choices, addresses; what belongs to a start is refused with a reason', async () => {
  const home = await data('GET', '/ops/homePage.query');
  assert.deepEqual(names(home), ['currentNamesrv', 'namesvrAddrList', 'useVIPChannel', 'useTLS']);
  const plain = await ask('GET', '/rocketmq/nsaddr.query');
  assert.equal(plain.body, home.currentNamesrv);
  assert.match(String(plain.headers['content-type']), /^text\/plain/);
  assert.equal(
    await data('POST', '/ops/updateNameSvrAddr.do', { form: { nameSvrAddrList: home.currentNamesrv } }),
    true,
  );
  assert.equal(await data('POST', '/ops/updateUseTLS.do', { form: { useTLS: 'false' } }), true);
  assert.match(await refusal('POST', '/ops/updateUseTLS.do', { form: { useTLS: 'true' } }), /rocketmq\.config\.useTLS/);
  assert.match(
    await refusal('POST', '/ops/updateNameSvrAddr.do', { form: { nameSvrAddrList: 'x:1' } }),
    /does not look at x:1/,
  );
  assert.equal(await data('POST', '/proxy/addProxyAddr.do', { query: { newProxyAddr: '10.0.0.1:8080' } }), true);
  assert.deepEqual(await data('GET', '/proxy/homePage.query'), {
    currentProxyAddr: '10.0.0.1:8080',
    proxyAddrList: ['10.0.0.1:8080'],
  });
  assert.deepEqual(names(await data('GET', '/ops/rocketMqStatus.query')), [
    'CLUSTER_HEALTH_CHECK',
    'TOPIC_ONLY_ONE_BROKER_CHECK',
  ]);
});

test('topics: list with %SYS%, types, route, status, configuration', async () => {
  const list = await data<{ topicList: string[] }>('GET', '/topic/list.query');
  assert.ok(list.topicList.includes('Orders'));
  assert.ok(list.topicList.some((topic) => topic.startsWith('%SYS%')));
  const short = await data<{ topicList: string[] }>('GET', '/topic/list.query', {
    query: { skipRetryAndDlq: 'true', skipSysProcess: 'true' },
  });
  assert.ok(!short.topicList.some((topic) => topic.startsWith('%')), short.topicList.join());
  const types = await data<{ topicNameList: string[]; messageTypeList: string[] }>('GET', '/topic/list.queryTopicType');
  assert.equal(types.topicNameList.length, types.messageTypeList.length);
  assert.equal(types.messageTypeList[types.topicNameList.indexOf('%RETRY%billing')], 'RETRY');
  const route = await data<{ queueDatas: Json[]; brokerDatas: Json[] }>('GET', '/topic/route.query', {
    query: { topic: 'Orders' },
  });
  assert.deepEqual(
    route.queueDatas.map(({ brokerName, readQueueNums, perm }) => [brokerName, readQueueNums, perm]).sort(),
    [
      ['broker-a', 2, 6],
      ['broker-b', 2, 6],
    ],
  );
  const stats = await data<{ offsetTable: Record<string, { maxOffset: number }> }>('GET', '/topic/stats.query', {
    query: { topic: 'Orders' },
  });
  assert.ok('MessageQueue [topic=Orders, brokerName=broker-a, queueId=0]' in stats.offsetTable);
  assert.equal(
    Object.values(stats.offsetTable).reduce((sum, { maxOffset }) => sum + maxOffset, 0),
    25,
  );
  const configs = await data<Json[]>('GET', '/topic/examineTopicConfig.query', { query: { topic: 'Orders' } });
  assert.deepEqual(names(configs[0]!), [
    'clusterNameList',
    'brokerNameList',
    'topicName',
    'writeQueueNums',
    'readQueueNums',
    'perm',
    'order',
    'messageType',
  ]);
  assert.match(await refusal('GET', '/topic/route.query', { query: { topic: 'NoSuch' } }), /NoSuch/);
  assert.equal(await refusal('GET', '/topic/route.query'), "Required parameter 'topic' is not present.");
});

// dashboard#2345: changing one field of a topic must not resize it.
test('a topic is created, changed in one field only, sent to and deleted, as scripts do', async () => {
  const made = {
    clusterNameList: ['DefaultCluster'],
    brokerNameList: [],
    topicName: 'Made',
    writeQueueNums: 16,
    readQueueNums: 12,
    perm: 6,
    order: true,
    messageType: 'FIFO',
  };
  assert.equal(await data('POST', '/topic/createOrUpdate.do', { json: made }), true);
  assert.equal(
    await data('POST', '/topic/createOrUpdate.do', {
      json: { topicName: 'Made', brokerNameList: ['broker-a'], perm: 4 },
    }),
    true,
  );
  const configs = await data<Json[]>('GET', '/topic/examineTopicConfig.query', {
    query: { topic: 'Made', brokerName: 'broker-a' },
  });
  assert.deepEqual(configs, [
    {
      clusterNameList: null,
      brokerNameList: ['broker-a'],
      topicName: 'Made',
      writeQueueNums: 16,
      readQueueNums: 12,
      perm: 4,
      order: true,
      messageType: 'FIFO',
    },
  ]);
  assert.equal(await data('POST', '/topic/createOrUpdate.do', { json: { ...configs[0], perm: 2 } }), true);
  const all = await data<Json[]>('GET', '/topic/examineTopicConfig.query', { query: { topic: 'Made' } });
  assert.deepEqual(
    all.map(({ brokerNameList, perm }) => [brokerNameList, perm]),
    [
      [['broker-a'], 2],
      [['broker-b'], 6],
    ],
  );
  const receipt = await data('POST', '/topic/sendTopicMessage.do', {
    json: { topic: 'Orders', key: 'sent-by-script', tag: 'S', messageBody: '你好', traceEnabled: false },
  });
  assert.equal(receipt.sendStatus, 'SEND_OK');
  assert.deepEqual(names(receipt.messageQueue as object), ['topic', 'brokerName', 'queueId']);
  const viewed = await data<{ messageView: Json }>('GET', '/message/viewMessage.query', {
    query: { topic: 'Orders', msgId: String(receipt.msgId) },
  });
  assert.equal(viewed.messageView.messageBody, '你好');
  assert.equal(receipt.transactionId, receipt.msgId);
  const mistyped = { topic: 'Ordres', messageBody: 'x' };
  assert.match(await refusal('POST', '/topic/sendTopicMessage.do', { json: mistyped }), /^CODE: 17 {2}DESC: .*Ordres/);
  assert.ok(!(await data<{ topicList: string[] }>('GET', '/topic/list.query')).topicList.includes('Ordres'));
  const empty = { topic: 'Orders', messageBody: '' };
  assert.match(await refusal('POST', '/topic/sendTopicMessage.do', { json: empty }), /^CODE: 13 {2}DESC: /);
  assert.match(
    await refusal('POST', '/topic/createOrUpdate.do', { json: { topicName: 'X', clusterNameList: ['NoCluster'] } }),
    /No cluster NoCluster/,
  );
  assert.equal(
    await data('POST', '/topic/deleteTopicByBroker.do', { form: { brokerName: 'broker-b', topic: 'Made' } }),
    true,
  );
  assert.equal(
    await data('POST', '/topic/deleteTopic.do', { form: { topic: 'Made', clusterName: 'DefaultCluster' } }),
    true,
  );
  await cluster.advance(1000);
  assert.match(await refusal('GET', '/topic/route.query', { query: { topic: 'Made' } }), /Made/);
});

test('groups: list, progress, members, running info, configuration', async () => {
  const list = await data<Json[]>('GET', '/consumer/groupList.query', { query: { skipSysGroup: 'false' } });
  const billing = list.find(({ group }) => group === 'billing')!;
  assert.deepEqual(names(billing), [
    'group',
    'version',
    'count',
    'consumeType',
    'messageModel',
    'address',
    'consumeTps',
    'diffTotal',
    'subGroupType',
    'updateTime',
  ]);
  assert.deepEqual(
    [billing.count, billing.consumeType, billing.messageModel, billing.subGroupType],
    [1, 'CONSUME_PASSIVELY', 'CLUSTERING', 'NORMAL'],
  );
  assert.ok(list.some(({ group, subGroupType }) => String(group).startsWith('%SYS%') && subGroupType === 'SYSTEM'));
  for (const path of ['/consumer/group.query', '/consumer/group.refresh'])
    assert.equal((await data('GET', path, { query: { consumerGroup: 'billing' } })).group, 'billing');
  const address = (billing.address as string[]).join(',');
  const progress = await data<{ topic: string; queueStatInfoList: Json[] }[]>(
    'GET',
    '/consumer/queryTopicByConsumer.query',
    { query: { consumerGroup: 'billing', address } },
  );
  const orders = progress.find(({ topic }) => topic === 'Orders')!;
  assert.equal(orders.queueStatInfoList.length, 4);
  assert.deepEqual(names(orders.queueStatInfoList[0]!), [
    'brokerName',
    'queueId',
    'brokerOffset',
    'consumerOffset',
    'clientInfo',
    'lastTimestamp',
  ]);
  assert.ok(orders.queueStatInfoList.every(({ clientInfo }) => typeof clientInfo === 'string'));
  const byGroup = await data('GET', '/topic/queryConsumerByTopic.query', { query: { topic: 'Orders' } });
  assert.equal((byGroup.billing as Json).topic, 'Orders');
  assert.deepEqual(
    (await data<{ groupList: string[] }>('GET', '/topic/queryTopicConsumerInfo.query', { query: { topic: 'Orders' } }))
      .groupList,
    ['billing'],
  );
  const members = await data<{ connectionSet: Json[]; subscriptionTable: Json }>(
    'GET',
    '/consumer/consumerConnection.query',
    { query: { consumerGroup: 'billing' } },
  );
  assert.deepEqual(names(members.connectionSet[0]!), ['clientId', 'clientAddr', 'language', 'version', 'versionDesc']);
  assert.ok('Orders' in members.subscriptionTable);
  const { clientId } = members.connectionSet[0]!;
  const info = await data('GET', '/consumer/consumerRunningInfo.query', {
    query: { consumerGroup: 'billing', clientId, jstack: 'false' },
  });
  assert.ok(names(info.mqTable as object)[0]!.startsWith('MessageQueue [topic='));
  assert.deepEqual(
    (
      await data<string[]>('GET', '/consumer/fetchBrokerNameList.query', { query: { consumerGroup: 'billing' } })
    ).sort(),
    ['broker-a', 'broker-b'],
  );
  assert.match(
    await refusal('GET', '/consumer/consumerConnection.query', { query: { consumerGroup: 'nobody' } }),
    /206|nobody/,
  );
});

test('a group is created, changed in one field, reset while nobody is online, and deleted', async () => {
  const config = { groupName: 'made', consumeEnable: true, retryMaxTimes: 3, retryQueueNums: 2 };
  const targets = { clusterNameList: ['DefaultCluster'], brokerNameList: [] };
  assert.equal(
    await data('POST', '/consumer/createOrUpdate.do', { json: { ...targets, subscriptionGroupConfig: config } }),
    true,
  );
  assert.equal(
    await data('POST', '/consumer/createOrUpdate.do', {
      json: { ...targets, subscriptionGroupConfig: { groupName: 'made', consumeEnable: false } },
    }),
    true,
  );
  const configs = await data<{ subscriptionGroupConfig: Json; brokerNameList: string[] }[]>(
    'GET',
    '/consumer/examineSubscriptionGroupConfig.query',
    { query: { consumerGroup: 'made' } },
  );
  assert.deepEqual(
    configs.map(({ subscriptionGroupConfig: { consumeEnable, retryMaxTimes } }) => [consumeEnable, retryMaxTimes]),
    [
      [false, 3],
      [false, 3],
    ],
  );
  const removed = await data('POST', '/consumer/deleteSubGroup.do', {
    json: { groupName: 'made', brokerNameList: ['broker-a', 'broker-b'] },
  });
  assert.equal(removed, true);
  assert.deepEqual(
    await data('GET', '/consumer/examineSubscriptionGroupConfig.query', { query: { consumerGroup: 'made' } }),
    [],
  );
});

test('a group is deleted where one of the other brokers can not be asked: its topics keep their routes there', async () => {
  const targets = { clusterNameList: ['DefaultCluster'], brokerNameList: [] };
  await data('POST', '/consumer/createOrUpdate.do', {
    json: { ...targets, subscriptionGroupConfig: { groupName: 'kept' } },
  });
  await data('POST', '/topic/createOrUpdate.do', {
    json: { ...targets, topicName: '%DLQ%kept', writeQueueNums: 1, readQueueNums: 1, perm: 6 },
  });
  await cluster.advance(1000);
  cluster.partition('console', 'broker-b');
  const remove = { json: { groupName: 'kept', brokerNameList: ['broker-a'] } };
  const removed = (await ask('POST', '/consumer/deleteSubGroup.do', remove)).json() as Envelope;
  assert.deepEqual([removed.status, removed.data], [0, true]);
  assert.deepEqual(
    removed.failures?.map(({ brokerName }) => brokerName),
    ['broker-b'],
  );
  const route = await data<{ queueDatas: Json[] }>('GET', '/topic/route.query', { query: { topic: '%DLQ%kept' } });
  assert.ok(route.queueDatas.some(({ brokerName }) => brokerName === 'broker-b'));
  cluster.heal();
  await data('POST', '/consumer/deleteSubGroup.do', { json: { groupName: 'kept', brokerNameList: ['broker-b'] } });
  await refusal('GET', '/topic/route.query', { query: { topic: '%DLQ%kept' } });
});

test('offsets are reset per group: to the start, and over the backlog', async () => {
  const reset = { consumerGroupList: ['billing'], topic: 'Orders', resetTime: 0, force: true };
  const back = await data<Record<string, { status: boolean; errMsg: null; rollbackStatsList: Json[] }>>(
    'POST',
    '/consumer/resetOffset.do',
    { json: reset },
  );
  assert.deepEqual([back.billing!.status, back.billing!.errMsg], [true, null]);
  assert.deepEqual(names(back.billing!.rollbackStatsList[0]!).sort(), [
    'brokerName',
    'brokerOffset',
    'consumerOffset',
    'queueId',
    'rollbackOffset',
    'timestampOffset',
  ]);
  assert.ok(back.billing!.rollbackStatsList.every(({ rollbackOffset }) => rollbackOffset === 0));
  const ahead = await data<typeof back>('POST', '/consumer/skipAccumulate.do', { json: reset });
  assert.equal(ahead.billing!.status, true);
  assert.equal(
    ahead.billing!.rollbackStatsList.reduce((sum, { rollbackOffset }) => sum + Number(rollbackOffset), 0) >= 25,
    true,
  );
});

test('producers of a topic, by group', async () => {
  const found = await data<{ connectionSet: Json[] }>('GET', '/producer/producerConnection.query', {
    query: { producerGroup: 'shop', topic: 'Orders' },
  });
  assert.equal(found.connectionSet.length, 1);
  const nobody = { producerGroup: 'nobody', topic: 'Orders' };
  assert.equal(
    await refusal('GET', '/producer/producerConnection.query', { query: nobody }),
    'CODE: 1  DESC: the producer group[nobody] not exist',
  );
});

test('a reset on a topic that is not there is a failure of each group, as scripts look at them', async () => {
  const json = { consumerGroupList: ['billing', 'other'], topic: 'NoSuch', resetTime: 0, force: true };
  const groups = await data<Record<string, Json>>('POST', '/consumer/resetOffset.do', { json });
  for (const group of ['billing', 'other']) {
    assert.equal(groups[group]!.status, false);
    assert.match(String(groups[group]!.errMsg), /^CODE: 17 {2}DESC: .*NoSuch/);
  }
});

test('messages: by id, by key, by time; pages have each message exactly once', async () => {
  const one = await data<{ messageView: Json; messageTrackList: Json[] }>('GET', '/message/viewMessage.query', {
    query: { topic: 'Orders', msgId: sent[3]! },
  });
  assert.deepEqual(names(one.messageView), [
    ...[
      'queueId',
      'storeSize',
      'queueOffset',
      'sysFlag',
      'bornTimestamp',
      'bornHost',
      'storeTimestamp',
      'storeHost',
      'msgId',
    ],
    ...[
      'commitLogOffset',
      'bodyCRC',
      'reconsumeTimes',
      'preparedTransactionOffset',
      'topic',
      'flag',
      'properties',
      'messageBody',
    ],
  ]);
  assert.equal(one.messageView.messageBody, 'body 3');
  assert.deepEqual(
    one.messageTrackList.map(({ consumerGroup }) => consumerGroup),
    ['billing'],
  );
  const byKey = await data<Json[]>('GET', '/message/queryMessageByTopicAndKey.query', {
    query: { topic: 'Orders', key: 'k7' },
  });
  assert.deepEqual(
    byKey.map(({ messageBody }) => messageBody),
    ['body 7'],
  );
  assert.deepEqual(
    await data('GET', '/message/queryMessageByTopicAndKey.query', { query: { topic: 'Orders', key: 'none' } }),
    [],
  );
  const end = cluster.environment.clock.now();
  const span = { topic: 'Orders', begin: 0, end };
  const all = await data<Json[]>('GET', '/message/queryMessageByTopic.query', { query: span });
  assert.ok(all.length >= 25 && all.every(({ messageBody }) => messageBody === null));
  const seen: unknown[] = [];
  let taskId = '';
  for (let pageNum = 1; ; pageNum++) {
    const { page, taskId: id } = await data<{
      page: { content: Json[]; totalElements: number; last: boolean; number: number };
      taskId: string;
    }>(
      ...([
        'POST',
        '/message/queryMessagePageByTopic.query',
        { json: { ...span, pageNum, pageSize: 7, taskId } },
      ] as const),
    );
    if (pageNum > 1) assert.equal(id, taskId);
    taskId = id;
    assert.deepEqual([page.number, page.totalElements], [pageNum - 1, all.length]);
    seen.push(...page.content.map(({ msgId }) => msgId));
    if (page.last) break;
  }
  assert.equal(new Set(seen).size, all.length);
  assert.equal(seen.length, all.length);
});

test('slices of queues of any lengths have every place once, whatever the size of a page', () => {
  for (const lengths of [[], [0, 0], [5], [1, 9, 0, 4], [3, 3, 3], [100, 1]]) {
    const ranges = lengths.map((length, queueId) => ({
      address: '',
      brokerName: '',
      queueId,
      start: 10,
      end: 10 + length,
    }));
    const total = countOf(ranges);
    for (const size of [1, 2, 3, 7, 1000]) {
      const seen = new Set<string>();
      for (let from = 0; from < total; from += size) {
        const parts = slice(ranges, from, Math.min(total, from + size));
        assert.equal(countOf(parts), Math.min(size, total - from));
        for (const { queueId, start, end } of parts) for (let at = start; at < end; at++) seen.add(`${queueId} ${at}`);
      }
      assert.equal(seen.size, total);
    }
  }
});

test('dead letters: a group without any has an empty page; messages are exported as a workbook', async () => {
  const query = { topic: '%DLQ%billing', begin: 0, end: 1, pageNum: 1, pageSize: 20 };
  const empty = await data<{ page: { content: Json[]; totalElements: number }; taskId: string }>(
    'POST',
    '/dlqMessage/queryDlqMessageByConsumerGroup.query',
    { json: query },
  );
  assert.deepEqual([empty.page.content, empty.page.totalElements], [[], 0]);
  const wanted = [
    { topicName: 'Orders', consumerGroup: 'billing', msgId: sent[0]! },
    { topicName: 'Orders', consumerGroup: 'billing', msgId: 'FFFF' },
  ];
  const answer = await ask('POST', '/dlqMessage/batchExportDlqMessage.do', { json: wanted });
  assert.match(String(answer.headers['content-disposition']), /dlqs\.xlsx/);
  const sheet = textsIn(answer.rawPayload, 'xl/worksheets/sheet1.xml');
  assert.match(sheet, /messageBody.*body 0.*FFFF/s);
  const [resent, failed] = await data<Json[]>('POST', '/dlqMessage/batchResendDlqMessage.do', { json: wanted });
  assert.deepEqual([resent!.consumeResult, resent!.msgId], ['CR_SUCCESS', sent[0]]);
  assert.equal(failed!.consumeResult, 'CR_THROW_EXCEPTION');
});

test('samples of the day are texts with commas, and a wrong date is named', async () => {
  await cluster.advance(120_000);
  const date = new Date(cluster.environment.clock.now()).toISOString().slice(0, 10);
  const brokers = await data<Record<string, string[]>>('GET', '/dashboard/broker.query', { query: { date } });
  for (const samples of Object.values(brokers)) for (const sample of samples) assert.match(sample, /^\d+,\d+\.\d{5}$/);
  assert.ok(Array.isArray(await data('GET', '/dashboard/topicCurrent.query')));
  assert.match(await refusal('GET', '/dashboard/broker.query', { query: { date: 'today' } }), /must be yyyy-MM-dd/);
});

test('limits of groups are kept; there are no users to list without ACL; nothing starts an endless producer', async () => {
  assert.equal(
    await data('POST', '/monitor/createOrUpdateConsumerMonitor.do', {
      form: { consumeGroupName: 'billing', minCount: '1', maxDiffTotal: '100' },
    }),
    true,
  );
  assert.deepEqual(await data('GET', '/monitor/consumerMonitorConfig.query'), {
    billing: { minCount: 1, maxDiffTotal: 100 },
  });
  assert.equal(
    await data('POST', '/monitor/deleteConsumerMonitor.do', { form: { consumeGroupName: 'billing' } }),
    true,
  );
  assert.match(await refusal('GET', '/acl/users.query'), /broker-a \(/);
  assert.equal((await ask('GET', '/test/runTask.do')).statusCode, 404);
});

test('a script takes a token as from 2.1.1, and sends what it likes: JSON without its name, empty bodies, two values', async () => {
  const token = await data('GET', '/rocketmq-dashboard/csrf-token');
  assert.deepEqual(names(token), ['token', 'parameterName', 'headerName']);
  const http = console.dashboard.http;
  const headers = { origin: 'http://localhost:80', 'x-xsrf-token': String(token.token), 'content-type': 'text/plain' };
  const answer = await cluster.run(
    Promise.resolve(
      http.inject({ method: 'POST', url: '/proxy/addProxyAddr.do', headers, payload: '{"newProxyAddr":"p:1"}' }),
    ),
  );
  assert.deepEqual(answer.json(), { status: 0, data: true, errMsg: null });
  const forged = await cluster.run(
    Promise.resolve(
      http.inject({
        method: 'POST',
        url: '/proxy/addProxyAddr.do?newProxyAddr=q:1',
        headers: { origin: 'http://evil' },
      }),
    ),
  );
  assert.equal(forged.statusCode, 403);
  assert.equal((await data<{ loginRequired: boolean }>('GET', '/login/check.query')).loginRequired, false);
  assert.match(await refusal('POST', '/login/login.do', { json: { username: 'x', password: 'y' } }), /wrong/);
  assert.match(await refusal('POST', '/topic/createOrUpdate.do', { form: { '{broken': '' } }), /not present/);
});

test('a broker that can not be reached costs its part of an answer, which says so, and no more', async () => {
  cluster.partition('console', 'broker-b');
  const answer = (await ask('GET', '/cluster/list.query')).json() as Envelope & {
    data: { brokerServer: Record<string, Record<string, Json>> };
  };
  assert.equal(answer.status, 0);
  assert.ok('msgPutTotalTodayNow' in answer.data.brokerServer['broker-a']!['0']!);
  assert.deepEqual(names(answer.data.brokerServer['broker-b']!['0']!), ['error']);
  assert.deepEqual(
    answer.failures?.map(({ brokerName }) => brokerName),
    ['broker-b'],
  );
  const stats = (await ask('GET', '/topic/stats.query', { query: { topic: 'Orders' } })).json() as Envelope;
  assert.deepEqual([stats.status, stats.failures?.length], [0, 1]);
  const message = await refusal('POST', '/topic/createOrUpdate.do', {
    json: { topicName: 'Half', clusterNameList: ['DefaultCluster'] },
  });
  assert.match(message, /^broker-b \(.*; done on broker-a$/);
});

/** One file of a ZIP. */
function textsIn(zip: Buffer, name: string): string {
  for (let at = 0; zip.readUInt32LE(at) === 0x04034b50; ) {
    const size = zip.readUInt32LE(at + 18);
    const path = zip.toString('utf8', at + 30, at + 30 + zip.readUInt16LE(at + 26));
    const content = zip.subarray(at + 30 + Buffer.byteLength(path), at + 30 + Buffer.byteLength(path) + size);
    if (path === name) return inflateRawSync(content).toString();
    at += 30 + Buffer.byteLength(path) + size;
  }
  throw new Error(`no ${name}`);
}
