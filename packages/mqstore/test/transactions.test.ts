import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '@rocketmq-ts/kernel';
import { createMessageStore } from '@rocketmq-ts/store';
import { recordOf, type SimulatedPlatform, simulatedPlatform, smallStore } from '@rocketmq-ts/testkit';
import { runMqstore } from '../src/index.ts';
import { ROOT, writeFile } from './stored.ts';

const HALF = 'RMQ_SYS_TRANS_HALF_TOPIC';
const OPS = 'RMQ_SYS_TRANS_OP_HALF_TOPIC';

/** A folder as a broker leaves it: of seven half messages three are open, and two were given up. */
async function folder(): Promise<SimulatedPlatform> {
  const platform = simulatedPlatform(1);
  const store = createMessageStore({ platform, logger: silentLogger, ...smallStore, root: ROOT });
  await store.start();
  const put = (topic: string, body: string, properties: Record<string, string>): void => {
    const text = Object.entries(properties).map(([name, value]) => `${name}\u0001${value}\u0002`);
    const bornTimestamp = platform.clock.now() - 60_000;
    store.put(
      recordOf({ topic, queueId: 0, body: Buffer.from(body), properties: text.join(''), bornTimestamp }),
      undefined,
      true,
    );
  };
  const half = (id: string, more: Record<string, string> = {}): Record<string, string> => ({
    ...{ UNIQ_KEY: id, TRAN_MSG: 'true', PGROUP: 'PG', REAL_TOPIC: 'Orders', REAL_QID: '0', ...more },
  });
  for (const id of ['passed', 'ended 1', 'open 1', 'ended 2', 'asked', 'ended 3', 'open 2'])
    put(HALF, id, half(id, id === 'asked' ? { TRANSACTION_CHECK_TIMES: '4', PGROUP: 'Other' } : {}));
  put(OPS, '1,', { TAGS: 'd' });
  put(OPS, '3', { TAGS: 'd' });
  put(OPS, '5,x,,77,', { TAGS: 'd' });
  put(OPS, '2,', { TAGS: 'other' });
  for (const id of ['given up 1', 'given up 2'])
    put('TRANS_CHECK_MAX_TIME_TOPIC', id, half(id, { TRANSACTION_CHECK_TIMES: '15', REAL_TOPIC: 'Bills' }));
  await platform.clock.run(store.stop());
  const offsets = { offsetTable: { [`${HALF}@CID_RMQ_SYS_TRANS`]: { 0: 1 }, [`${OPS}@CID_RMQ_SYS_TRANS`]: { 0: 0 } } };
  platform.disk.makeDirectory(`${ROOT}/config`);
  writeFile(platform, 'config/consumerOffset.json', JSON.stringify(offsets));
  return platform;
}

async function run(platform: SimulatedPlatform, ...argv: string[]): Promise<{ code: number; lines: string[] }> {
  let text = '';
  const add = (piece: string): void => {
    text += piece;
  };
  const stdout = async (piece: string): Promise<boolean> => {
    add(piece);
    return true;
  };
  const code = await runMqstore(['transactions', ROOT, ...argv], { platform, stdout, stderr: add, terminal: false });
  return { code, lines: text.trimEnd().split('\n') };
}

test('transactions that were not ended are listed from a folder that no broker has open', async () => {
  const platform = await folder();
  const { code, lines } = await run(platform);
  assert.equal(code, 0);
  assert.match(lines[0]!, /^state +transaction id +topic +producer group +born +age +checks +offset message id$/);
  assert.deepEqual(
    lines.slice(1, -1).map((line) => line.trim().split(/ {2,}/).slice(0, 4)),
    [
      ['OPEN', 'open 1', 'Orders', 'PG'],
      ['UNKNOWN', 'asked', 'Orders', 'Other'],
      ['OPEN', 'open 2', 'Orders', 'PG'],
      ['DISCARDED', 'given up 1', 'Bills', 'PG'],
      ['DISCARDED', 'given up 2', 'Bills', 'PG'],
    ],
  );
  assert.equal(lines.at(-1), '5 transactions: 2 open, 1 unknown, 2 discarded');
});

test('they are chosen by state, topic and group, and printed as JSON', async () => {
  const platform = await folder();
  const { lines } = await run(platform, '--json', '--group', 'Other');
  const [row, counts] = lines.map((line) => JSON.parse(line));
  assert.deepEqual([row.transactionId, row.checkTimes, row.state, row.queueOffset], ['asked', 4, 'UNKNOWN', 4]);
  assert.ok(row.ageMs >= 60_000);
  assert.deepEqual(counts, { open: 0, unknown: 1, discarded: 0 });
  const some = await run(platform, '--topic', 'Bills', '--limit', '1');
  assert.equal(some.lines.at(-1), '2 transactions: 0 open, 0 unknown, 2 discarded, 1 of them not listed (--limit)');
  assert.deepEqual((await run(platform, '--state', 'UNKNOWN', '--topic', 'Bills')).lines, [
    '0 transactions: 0 open, 0 unknown, 0 discarded',
  ]);
});
