import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Exchange, runAgainst } from './scripted-cluster.ts';
import { storedMessage } from './stored-message.ts';

process.env.TZ = 'UTC';

const NAMESRV = '127.0.0.1:25877';
const BROKER = '127.0.0.1:25911';

const route = {
  brokerDatas: [{ brokerAddrs: { 0: BROKER }, brokerName: 'broker-a', cluster: 'c' }],
  queueDatas: [{ brokerName: 'broker-a', perm: 6, readQueueNums: 1, topicSysFlag: 0, writeQueueNums: 1 }],
  filterServerTable: {},
};
const known: Exchange = {
  ...{ address: NAMESRV, code: 105, extFields: {} },
  answer: { code: 0, body: { text: JSON.stringify(route) } },
};

/** A queue from 0 to an end, and answers to pulls by the offset that they ask for. */
function queue(end: number, pulls: Readonly<Record<number, Exchange['answer']>>): Exchange[] {
  const offset = (code: number, value: number): Exchange => ({
    ...{ address: BROKER, code, extFields: {} },
    answer: { code: 0, extFields: { offset: String(value) } },
  });
  return [
    ...[known, offset(30, end), offset(31, 0)],
    ...Object.entries(pulls).map(([queueOffset, answer]) => ({
      ...{ address: BROKER, code: 11, extFields: { queueOffset }, answer },
    })),
  ];
}

function pulled(code: number, next: number, ...records: Buffer[]): Exchange['answer'] {
  const range = { suggestWhichBrokerId: '0', minOffset: '0', maxOffset: '9', nextBeginOffset: String(next) };
  return { code, extFields: range, body: { base64: Buffer.concat(records).toString('base64') } };
}

const one = (tags?: string): Buffer => storedMessage('hello', {}, tags);

describe('a topic is read piece by piece', () => {
  test('a piece without messages of the tag does not end it', async () => {
    const answers = { 0: pulled(20, 4), 4: pulled(0, 5, one('red')), 5: pulled(20, 6) };
    const argv = ['printMsgByQueue', '-t', 'T', '-a', 'broker-a', '-i', '0', '-s', 'red', '-f', 'true'];
    const { stdout, exitCode } = await runAgainst(argv, queue(6, answers));
    assert.deepEqual([stdout, exitCode], [`Tag: ${'red'.padEnd(30)} Count: 1\n`, 0]);
  });

  test('a broker that does not get on is asked once, and what is missing is reported', async () => {
    const { stdout, stderr, exitCode } = await runAgainst(['printMsg', '-t', 'T'], queue(6, { 0: pulled(20, 0) }));
    assert.match(stdout, /no matched msg\. status=NO_MATCHED_MSG, offset=0\n-+\n$/);
    assert.match(stderr, /^broker broker-a answers a pull of queue 0 of T at 0 with no offset behind it; .*\n$/);
    assert.equal(exitCode, 2);
  });

  test('a pull that is refused ends its queue with one line', async () => {
    const { stdout, stderr, exitCode } = await runAgainst(
      ['printMsg', '-t', 'T', '-d', 'false'],
      queue(6, { 0: pulled(0, 1, one()), 1: { code: 16, remark: 'no permission' } }),
    );
    assert.match(stdout, /BODY: NOT PRINT BODY\n-+\n$/);
    assert.equal(stderr, `CODE: 16  DESC: no permission BROKER: ${BROKER}\n`);
    assert.equal(exitCode, 2);
  });

  test('a damaged record is reported, and the others are shown', async () => {
    const damaged = one();
    damaged.writeInt32BE(7, 4);
    const { stdout, stderr, exitCode } = await runAgainst(
      ['printMsg', '-t', 'T'],
      queue(3, { 0: pulled(0, 3, one(), damaged, one()) }),
    );
    assert.equal(stdout.match(/^MSGID: /gm)?.length, 2);
    assert.match(stderr, /^.*no record's magic.*\n$/);
    assert.equal(exitCode, 2);
  });

  test('what is no text of the charset is in JSON in base64, and escape sequences do not reach the terminal', async () => {
    const body = Buffer.from([0x1b, 0x5b, 0x32, 0x4a, 0xff]);
    const exchanges = queue(1, { 0: pulled(0, 1, storedMessage('', { body })) });
    const text = await runAgainst(['printMsg', '-t', 'T'], exchanges);
    assert.match(text.stdout, /BODY: \\u001b\[2J\ufffd\n/);
    const [message, summary] = (await runAgainst(['printMsg', '-t', 'T', '--json'], exchanges)).stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
    assert.equal(message.bodyBase64, body.toString('base64'));
    assert.deepEqual(summary, {
      ...{ topic: 'T', brokerName: 'broker-a', queueId: 0 },
      minOffset: 0,
      maxOffset: 1,
      messageCount: 1,
    });
  });

  test('an address of version 6 is written out as Java does it', async () => {
    const bornHost = { host: '2001:db8::1', port: 80 };
    const record = storedMessage('x', { bornHost, storeHost: { host: '::1', port: 1 }, sysFlag: 0x30 });
    const { stdout } = await runAgainst(['printMsg', '-t', 'T'], queue(1, { 0: pulled(0, 1, record) }));
    assert.match(stdout, /bornHost=\/\[2001:db8:0:0:0:0:0:1\]:80, .* storeHost=\/\[0:0:0:0:0:0:0:1\]:1,/);
  });

  test('a charset or a time that is none is named before a message is printed', async () => {
    for (const [option, value, reason] of [
      ['-c', 'KLINGON', 'option -c: "KLINGON" is not a charset that is known here'],
      ['-b', 'yesterday', 'option -b: "yesterday" is not a time'],
    ] as const) {
      const { stdout, stderr, exitCode } = await runAgainst(['printMsg', '-t', 'T', option, value], queue(1, {}));
      assert.doesNotMatch(stdout, /MSGID/);
      assert.ok(stderr.includes(reason), stderr);
      assert.equal(exitCode, 2);
    }
  });
});
