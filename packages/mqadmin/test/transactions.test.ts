import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import {
  END_TRANSACTION,
  parseOffsetMessageId,
  SEND_MESSAGE_V2,
  SystemGroup,
  SystemTopic,
  UPDATE_CONSUMER_OFFSET,
} from '@rocketmq-ts/protocol';
import { SEND_FIELDS } from '@rocketmq-ts/testkit';
import { type Cluster, startCluster } from '@rocketmq-ts/testkit/cluster';
import { runMqadmin } from '../src/index.ts';

const BROKER = 'broker-a:10911';

let cluster: Cluster;
beforeEach(async () => {
  const brokerProperties = { transactionCheckInterval: '10000', transactionCheckMax: '2', transactionTimeOut: '6000' };
  cluster = await startCluster({ topics: { Orders: 1, Bills: 1 }, brokerProperties });
});
afterEach(() => cluster.stop());

async function sendHalf(key: string, topic = 'Orders', group = 'PG'): Promise<void> {
  const properties = `UNIQ_KEY\u0001${key}\u0002TRAN_MSG\u0001true\u0002PGROUP\u0001${group}\u0002`;
  const fields = { ...SEND_FIELDS, producerGroup: group, topic, properties, bornTimestamp: cluster.clock.now() };
  const sent = await cluster.run(cluster.admin.ask(BROKER, SEND_MESSAGE_V2, fields, Buffer.from(key)));
  assert.equal(sent?.code, 0, sent?.remark);
  if (!key.startsWith('ended')) return;
  const commitLogOffset = parseOffsetMessageId(sent.header.msgId).physicalOffset;
  const half = { producerGroup: group, commitLogOffset, tranStateTableOffset: sent.header.queueOffset };
  await cluster.run(cluster.admin.ask(BROKER, END_TRANSACTION, { ...half, commitOrRollback: 8 }));
}

async function mqadmin(...argv: string[]): Promise<{ lines: string[]; errors: string; exitCode: number }> {
  let text = '';
  let errors = '';
  const exitCode = await cluster.run(
    runMqadmin([...argv, '-n', cluster.namesrvAddr], {
      platform: cluster.environment.machine('tools'),
      env: {},
      stdout: (piece) => (text += piece),
      stderr: (piece) => (errors += piece),
    }),
  );
  return { lines: text.split('\n').filter((line) => line !== ''), errors, exitCode };
}

const cells = (line: string): string[] => line.split(/\s{1,}/);

test('open, unknown and discarded transactions are listed with age and checks, counted, and resumed', async () => {
  await sendHalf('given-up-1');
  await sendHalf('given-up-2', 'Bills', 'Other');
  await sendHalf('ended-1');
  await cluster.advance(35_000);
  await sendHalf('asked');
  await cluster.advance(12_000);
  await sendHalf('open');
  await sendHalf('ended-2');
  await cluster.advance(3500);

  const all = await mqadmin('listTransactions', '-b', BROKER);
  assert.equal(all.exitCode, 0, all.errors);
  assert.match(all.lines[0]!, /^#State +#Transaction Id +#Topic +#Producer Group +#Age +#Checks +#Offset Msg Id$/);
  const rows = all.lines.slice(1, -1).map((line) => cells(line));
  assert.deepEqual(
    rows.map(([state, id, topic, group]) => [state, id, topic, group]),
    [
      ['OPEN', 'open', 'Orders', 'PG'],
      ['UNKNOWN', 'asked', 'Orders', 'PG'],
      ['DISCARDED', 'given-up-1', 'Orders', 'PG'],
      ['DISCARDED', 'given-up-2', 'Bills', 'Other'],
    ],
  );
  assert.equal(all.lines.at(-1), 'Open: 1, unknown: 1, discarded: 2');
  assert.match(all.lines[1]!, / 3\.\ds +0 /);

  const few = await mqadmin('listTransactions', '-b', BROKER, '-s', 'discarded', '-l', '1');
  assert.deepEqual(few.lines.slice(-2), ['Open: 0, unknown: 0, discarded: 2', '1 more are not shown; -l shows more']);
  const json = await mqadmin('listTransactions', '-c', 'DefaultCluster', '-t', 'Bills', '-j');
  const [row, counts] = json.lines.map((line) => JSON.parse(line));
  assert.deepEqual([row.state, row.transactionId, row.checkTimes], ['DISCARDED', 'given-up-2', 2]);
  assert.deepEqual(counts, { open: 0, unknown: 0, discarded: 1 });

  const resumed = await mqadmin('resumeCheckHalfMessage', '-i', row.offsetMsgId);
  assert.deepEqual(resumed.lines, [`resume check half message success, msgId=${row.offsetMsgId}`]);
  const again = await mqadmin('resumeCheckHalfMessage', '-i', row.offsetMsgId);
  assert.equal(again.exitCode, 2);
  assert.match(again.errors, /was resumed before/);
  const rest = await mqadmin('resumeCheckHalfMessage', '-a', '-b', BROKER, '-t', 'Orders');
  assert.equal(rest.lines.length, 1, rest.errors);
  const open = await mqadmin('listTransactions', '-b', BROKER, '-s', 'open');
  assert.deepEqual(
    open.lines.slice(1, -1).map((line) => cells(line)[1]),
    ['open', 'given-up-2', 'given-up-1'],
  );
});

test('a transaction that is stored again by a check is listed once, also before the broker has passed the earlier copy', async () => {
  await sendHalf('asked');
  await cluster.advance(22_000);
  // As in the middle of a round, and as after a kill.
  const place = { consumerGroup: SystemGroup.SYS_TRANS, topic: SystemTopic.TRANS_HALF, queueId: 0 };
  const answer = await cluster.run(cluster.admin.ask(BROKER, UPDATE_CONSUMER_OFFSET, { ...place, commitOffset: 0 }));
  assert.equal(answer?.code, 0, answer?.remark);
  const { lines } = await mqadmin('listTransactions', '-b', BROKER);
  assert.deepEqual(
    lines.slice(1, -1).map((line) => cells(line).slice(0, 2)),
    [['UNKNOWN', 'asked']],
  );
  assert.equal(lines.at(-1), 'Open: 0, unknown: 1, discarded: 0');
});

test('wrong use is said in words', async () => {
  assert.equal((await mqadmin('listTransactions')).exitCode, 1);
  assert.match((await mqadmin('listTransactions', '-b', BROKER, '-s', 'lost')).lines[0]!, /there is no state LOST/);
  assert.equal((await mqadmin('resumeCheckHalfMessage', '-b', BROKER)).exitCode, 1);
  const { errors, exitCode } = await mqadmin('resumeCheckHalfMessage', '-i', 'nonsense');
  assert.equal(exitCode, 2, errors);
  const none = await mqadmin('listTransactions', '-b', BROKER);
  assert.deepEqual(none.lines.slice(1), ['Open: 0, unknown: 0, discarded: 0']);
});
