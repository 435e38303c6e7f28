import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodePlatform } from '@rocketmq-ts/kernel';
import { MessageSavedError, runMqsender } from '@rocketmq-ts/sender';
import { rejection, SenderStage } from './sender-stage.ts';

interface Printed {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function mqsender(line: readonly string[], database?: string): Promise<Printed> {
  let out = '';
  let err = '';
  const code = await runMqsender(line, {
    platform: nodePlatform,
    database,
    stdout: async (text) => {
      out += text;
      return true;
    },
    stderr: (text) => {
      err += text;
    },
  });
  return { code, out, err };
}

test('saved messages are listed, counted, exported, retried and removed by the command', async (t) => {
  const stage = await SenderStage.start(t);
  const sender = await stage.sender({ resend: false });
  stage.cluster.broker('broker-a').kill();
  const ids: number[] = [];
  for (const key of ['order-1', 'order-1', 'order-2']) {
    const error = await rejection(stage.run(sender.sendMsg('Orders', 'created', key, `body of ${key}`)));
    assert.ok(error instanceof MessageSavedError);
    ids.push(error.outboxId);
  }
  const database = `sqlite:${stage.file}`;
  const listed = await mqsender(['list', '--database', database, '--keys', 'order-1']);
  assert.equal(listed.code, 0, listed.err);
  assert.equal(listed.out.split('\n').length, 3);
  assert.match(listed.out, new RegExp(`^${ids[0]} WAITING Orders created order-1 15 bytes, \\d+ s old, 0 attempts\n`));
  const page = (await mqsender(['list', '--limit', '1', '--json'], database)).out;
  assert.equal((JSON.parse(page) as { outboxId: number }).outboxId, ids[0]);
  assert.match(
    (await mqsender(['stats'], database)).out,
    /^3 waiting, 0 being sent, 0 failed; 45 bytes, the oldest \d+ s old\n$/,
  );
  const exported = (await mqsender(['export', '--id', `${ids[2]}`, '--id', `${ids[0]}`], database)).out
    .trim()
    .split('\n');
  const bodies = exported.map((line) => (JSON.parse(line) as { body: string }).body);
  assert.deepEqual(
    bodies.map((body) => Buffer.from(body, 'base64').toString()),
    ['body of order-1', 'body of order-2'],
  );
  assert.equal((await mqsender(['retry', '--topic', 'Orders'], database)).out, '3 messages are due now\n');
  assert.equal((await mqsender(['purge', '--keys', 'order-1'], database)).out, '2 messages were removed\n');
  assert.equal((await mqsender(['purge', '--all'], database)).out, '1 messages were removed\n');
  assert.match((await mqsender(['stats', '--json'], database)).out, /^\{"waiting":0/);
});

test('a wrong command line ends with code 2 and one line that names what is wrong', async () => {
  const wrong: readonly (readonly [readonly string[], RegExp])[] = [
    [['lst'], /unknown command 'lst' \(Did you mean list\?\)/],
    [['list'], /option --database is missing/],
    [['list', '--database', 'sqlite:/nowhere/x.db'], /no file \/nowhere\/x\.db/],
    [['list', '--database', 'oracle:x'], /database "oracle:x"/],
    [['list', '--stat', 'FAILED'], /unknown option '--stat'/],
    [['list', '--state', 'LOST'], /choices|Allowed/],
    [['retry', '--id', 'x'], /whole number/],
    [['purge', '--database', 'sqlite:package.json'], /--all|not a database/],
    [['list', 'more', '--database', 'sqlite:x'], /too many arguments/],
    [
      ['stats', '--database', 'postgres://a:b@secret@127.0.0.1:1/x'],
      /postgres:\/\/a:\*\*\*@127\.0\.0\.1:1\/x can not be used/,
    ],
    [
      ['stats', '--database', 'postgres://a:secret@127.0.0.1:1/x'],
      /postgres:\/\/a:\*\*\*@127\.0\.0\.1:1\/x can not be used/,
    ],
  ];
  for (const [line, reason] of wrong) {
    const { code, out, err } = await mqsender(line);
    assert.deepEqual([code, out], [2, ''], line.join(' '));
    assert.match(err, reason);
    assert.match(err, /^mqsender: .*\n$/);
    assert.doesNotMatch(err, /secret/);
  }
  for (const line of [[], ['help'], ['--help'], ['help', 'purge'], ['list', '--help']]) {
    const { code, out, err } = await mqsender(line);
    assert.deepEqual([code, err], [0, '']);
    assert.match(out, /^Usage: mqsender/);
  }
});
