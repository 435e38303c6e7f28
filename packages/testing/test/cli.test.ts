import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { test } from 'node:test';
import { Producer, silentLogger } from '@rocketmq-ts/client';

const root = resolve(import.meta.dirname, '../../..');
const program = join(root, 'packages/testing/src/cli/main.ts');

interface Command extends AsyncDisposable {
  readonly child: ChildProcess;
  /** The next line of its output. */
  line(): Promise<string>;
  ask(line: string): Promise<string>;
  /** Its exit code. */
  readonly ended: Promise<number | null>;
}

function start(...words: readonly string[]): Command {
  const child = spawn('sh', [join(root, 'bin/node-run'), program, ...words], { stdio: ['pipe', 'pipe', 'inherit'] });
  const reader: Interface = createInterface({ input: child.stdout });
  const lines = reader[Symbol.asyncIterator]();
  const ended = new Promise<number | null>((done) => child.on('exit', (code) => done(code)));
  const line = async (): Promise<string> => {
    const next = await lines.next();
    assert.equal(next.done ?? false, false, 'the program ended');
    return String(next.value);
  };
  return {
    child,
    line,
    ended,
    ask: (text) => {
      child.stdin.write(`${text}\n`);
      return line();
    },
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGINT');
      await ended;
    },
  };
}

test('up prints the address that programs need, and Ctrl-C stops it', async () => {
  await using up = start('up');
  assert.match(await up.line(), /^NAMESRV_ADDR=127\.0\.0\.1:\d+$/);
  assert.match(await up.line(), /^Brokers: broker-a 127\.0\.0\.1:\d+\. /);
  up.child.kill('SIGINT');
  assert.equal(await up.ended, 0);
});

test('up --json speaks JSON, takes commands, and outlives the end of its input', async () => {
  await using up = start('up', '--json', '--brokers', '2', '--topic', 'Orders:1', '--property', 'maxMessageSize=65536');
  const head = JSON.parse(await up.line());
  assert.equal(head.brokers.length, 2);
  await using producer = new Producer({ namesrvAddr: head.namesrvAddr, producerGroup: 'shop', logger: silentLogger });
  await producer.start();
  await producer.send({ topic: 'Orders', body: 'later', delayLevel: 4 });
  assert.deepEqual(JSON.parse(await up.ask('sent Orders')), { ok: true, count: 0, messages: [] });
  assert.deepEqual(JSON.parse(await up.ask('advance 30s')), { ok: true });
  const sent = JSON.parse(await up.ask('sent Orders 1'));
  assert.deepEqual([sent.count, sent.messages[0].body, sent.messages[0].topic], [1, 'later', 'Orders']);
  for (const line of ['kill broker-a', 'start broker-a', 'slow broker-a 5ms', 'fill broker-a', 'mend broker-a']) {
    assert.deepEqual(JSON.parse(await up.ask(line)), { ok: true }, line);
  }
  for (const line of ['partition broker-a clients', 'heal', 'cut broker-a namesrv', 'topic Other', 'stop broker-b']) {
    assert.deepEqual(JSON.parse(await up.ask(line)), { ok: true }, line);
  }
  assert.match(await up.ask('received nobody'), /"count":0/);
  assert.match(await up.ask('kill broker-z'), /^\{"ok":false,"error":"NO_SUCH_SERVER: /);
  assert.match(await up.ask('advance'), /Usage: advance <time>/);
  assert.match(await up.ask('toString'), /There is no command toString/);
  assert.equal(JSON.parse(await up.ask('help')).commands.length, 14);
  up.child.stdin?.end();
  await producer.send({ topic: 'Orders', body: 'still there' });
});

test('a wrong command line is explained, and ends with 2', async () => {
  for (const words of [['down'], ['up', '--broker', '2'], ['up', '--brokers', 'two'], ['up', '--topic', ':']]) {
    const child = spawn('sh', [join(root, 'bin/node-run'), program, ...words], { stdio: ['ignore', 'ignore', 'pipe'] });
    let text = '';
    child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
    const code = await new Promise((done) => child.on('close', done));
    assert.equal(code, 2, words.join(' '));
    assert.match(text, /Usage: rocketmq-testing up/);
  }
});
