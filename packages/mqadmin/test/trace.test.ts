import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeMessage, encodeTraceRecord, formatMessageProperties, type TraceRecord } from '@rocketmq-ts/protocol';
import { type Exchange, runAgainst } from './scripted-cluster.ts';

// Times are printed in local time.
process.env.TZ = 'UTC';

const BROKER = '127.0.0.1:25911';
const ID = 'AC1100013BF00055DE0000000001';
const host = { host: '10.0.0.7', port: 4711 };
const head = { timestamp: 1700000000123, regionId: 'DefaultRegion', keys: undefined, msgId: ID };
const pub: TraceRecord = {
  type: 'Pub',
  ...head,
  groupName: 'orders',
  topic: 'TopicTest',
  tags: undefined,
  storeHost: BROKER,
  bodyLength: 1,
  costTimeMs: 12,
  messageType: 'Normal_Msg',
  offsetMsgId: undefined,
  success: true,
};
const ended = (groupName: string | undefined, success: boolean): TraceRecord => ({
  type: 'SubAfter',
  ...head,
  timestamp: groupName === undefined ? undefined : head.timestamp + 1000,
  requestId: 'R1',
  costTimeMs: 3,
  success,
  returnType: success ? 'SUCCESS' : 'FAILED',
  groupName,
});

function cluster(bodies: readonly string[]): Exchange[] {
  const records = bodies.map((body) =>
    encodeMessage({
      topic: 'RMQ_SYS_TRACE_TOPIC',
      queueId: 0,
      flag: 0,
      queueOffset: 0,
      physicalOffset: 0,
      sysFlag: 0,
      bornTimestamp: 1700000009000,
      bornHost: host,
      storeTimestamp: 1700000009001,
      storeHost: host,
      reconsumeTimes: 0,
      preparedTransactionOffset: 0,
      body: Buffer.from(body),
      propertiesText: formatMessageProperties([['KEYS', ID]]),
    }),
  );
  const route = {
    brokerDatas: [{ brokerAddrs: { 0: BROKER }, brokerName: 'broker-a', cluster: 'c' }],
    queueDatas: [{ brokerName: 'broker-a', perm: 6, readQueueNums: 1, topicSysFlag: 0, writeQueueNums: 1 }],
    filterServerTable: {},
  };
  const body = { base64: Buffer.concat(records).toString('base64') };
  return [
    {
      address: '127.0.0.1:25877',
      code: 105,
      extFields: {},
      answer: { code: 0, body: { text: JSON.stringify(route) } },
    },
    {
      address: BROKER,
      code: 12,
      extFields: {},
      answer: { code: 0, extFields: { indexLastUpdateTimestamp: '1', indexLastUpdatePhyoffset: '1' }, body },
    },
  ];
}

// Source: QueryMsgTraceByIdSubCommand#printMessageTrace.
test('the trace of a message is a table of its send, and one for each group that got it', async () => {
  const other = encodeTraceRecord({ ...pub, msgId: 'ANOTHER' });
  const first = encodeTraceRecord(pub) + other + encodeTraceRecord(ended('billing', false));
  const second = `damaged\u0001\u0002${encodeTraceRecord(ended('billing', true))}${encodeTraceRecord(ended('audit', true))}`;
  const { stdout, exitCode } = await runAgainst(['queryMsgTraceById', '-i', ID], cluster([first, second]));
  const pad = (...words: string[]): string =>
    words.map((word, index) => word.padEnd(index === 0 || index > 3 ? 10 : 20)).join(' ');
  const at = '2023-11-14 22:13:20';
  const then = '2023-11-14 22:13:21';
  const consumer = pad('#Type', '#ConsumerGroup', '#ClientHost', '#ConsumerTime', '#CostTimes', '#Status');
  assert.deepEqual(stdout.split('\n'), [
    pad('#Type', '#ProducerGroup', '#ClientHost', '#SendTime', '#CostTimes', '#Status'),
    pad('Pub', 'orders', '10.0.0.7', at, '12ms', 'success'),
    '',
    // Groups come in the order of a Java HashMap.
    consumer,
    pad('Sub', 'audit', '10.0.0.7', then, '3ms', 'success'),
    '',
    consumer,
    pad('Sub', 'billing', '10.0.0.7', then, '3ms', 'failed'),
    pad('Sub', 'billing', '10.0.0.7', then, '3ms', 'success'),
    '',
    '',
  ]);
  assert.equal(exitCode, 0);
});

test('the end of a call without group and time, as clients in clouds report it, has the time of its report', async () => {
  const exchanges = cluster([encodeTraceRecord(ended(undefined, true))]);
  const { stdout } = await runAgainst(['queryMsgTraceById', '-i', ID, '-t', 'rmq_sys_TRACE_DATA_r1'], exchanges);
  assert.match(stdout, /^Sub +10\.0\.0\.7 +2023-11-14 22:13:29 +3ms +success/m);
});

test('the query has the topic, the key, the count and the times that were given', async () => {
  const args = ['-i', ID, '-t', 'MyTraces', '-b', '5', '-e', '6', '-c', '7'];
  const { requests } = await runAgainst(['queryMsgTraceById', ...args], cluster([]));
  const query = requests.find(({ code }) => code === 12);
  assert.partialDeepStrictEqual(query?.extFields, { topic: 'MyTraces', key: ID, maxNum: '7', beginTimestamp: '5' });
  assert.equal(query?.extFields.endTimestamp, '6');
});
