import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { fromConsole, fromPino, type LoggerLike, type MessageListener, PushConsumer } from '@rocketmq-ts/client';
import { type LogFields, type Logger, silentLogger } from '@rocketmq-ts/kernel';
import { SimulatedEnvironment } from '@rocketmq-ts/testkit';
import { clientLogger } from '../src/logger.ts';
import { ScriptedCluster } from './scripted-cluster.ts';

let lines: string[];
beforeEach(() => {
  lines = [];
  for (const level of ['debug', 'info', 'log', 'warn', 'error'] as const) {
    mock.method(console, level, (...data: unknown[]) => void lines.push(`${level} ${data.map(String).join(' ')}`));
  }
});
afterEach(() => mock.restoreAll());

class BillingError extends Error {
  override readonly name = 'BillingError';
}

/** Runs a consumer whose listener gets one message, and stops it after ten seconds. */
async function consumeOne(
  listener: MessageListener,
  logger?: LoggerLike | Logger,
  model = 'CLUSTERING',
): Promise<void> {
  const environment = new SimulatedEnvironment(71);
  const cluster = await ScriptedCluster.start(environment, { TopicTest: 1 });
  const consumer = new PushConsumer({
    namesrvAddr: cluster.namesrvAddr,
    consumerGroup: 'billing',
    consumeFrom: 'FIRST_OFFSET',
    platform: environment.machine('client'),
    model: model as 'CLUSTERING',
    logger,
  });
  consumer.subscribe('TopicTest');
  await environment.clock.run(consumer.start(listener));
  cluster.put('TopicTest', 0, 'secret body', { UNIQ_KEY: 'KEY1' });
  await environment.clock.advance(500);
  await environment.clock.run(consumer.stop());
  await environment.clock.run(cluster.stop());
}

const throwsOnce = (thrown: unknown): MessageListener => {
  let calls = 0;
  return () => {
    if (calls++ === 0) throw thrown;
  };
};
const rejectsOnce = (thrown: unknown): MessageListener => {
  let calls = 0;
  return async () => {
    if (calls++ === 0) throw thrown;
  };
};
const inOrder = (thrown: unknown): MessageListener => {
  let calls = 0;
  return {
    orderly: () => {
      if (calls++ === 0) throw thrown;
    },
  };
};

for (const [how, listenerOf] of Object.entries({ throwsOnce, rejectsOnce, inOrder })) {
  test(`without a logger a listener that fails (${how}) is one warning on the console, with all that is known`, async () => {
    await consumeOne(listenerOf(new BillingError('no credit', { cause: new RangeError('below zero') })));
    assert.equal(lines.length, 1, lines.join('\n'));
    const [line] = lines;
    for (const part of [
      /^warn \[rocketmq\] the listener threw; its (messages come again later|queue pauses) \(/,
      /group=billing, /,
      /topic=TopicTest/,
      /queueOffset=0/,
      /msgId=KEY1/,
      /BillingError: no credit\n +at .*logger\.test\.ts/,
      /caused by RangeError: below zero\n +at /,
    ]) {
      assert.match(line!, part);
    }
    assert.doesNotMatch(line!, /secret body/);
  });

  test(`whatever a listener throws (${how}) is reported`, async () => {
    const cyclic: { self?: unknown } = {};
    cyclic.self = cyclic;
    const thrown = [undefined, null, 'a text', 7, { code: 5 }, cyclic, Symbol('s'), () => 1, Object.create(null)];
    for (const each of thrown) await consumeOne(listenerOf(each));
    assert.equal(lines.length, thrown.length, lines.join('\n'));
    const printed = lines.map((line) => line.slice(line.indexOf('\n') + 1));
    assert.deepEqual(printed.slice(0, 5), [
      'undefined: undefined',
      'null: null',
      'string: a text',
      'number: 7',
      'object: {"code":5}',
    ]);
  });
}

test('errors that cannot be read, or have no class, are reported with the facts around them', async () => {
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const throwing = (name: string): Error =>
    Object.defineProperty(new Error('x'), name, {
      get() {
        throw new Error('getter');
      },
    });
  const classless = Object.assign(new Error('no class'), { constructor: undefined });
  const unreadable = [revoked.proxy, throwing('message'), throwing('stack'), throwing('cause')];
  for (const each of [...unreadable, classless]) await consumeOne(throwsOnce(each));
  assert.equal(lines.length, 5, lines.join('\n'));
  for (const line of lines) assert.match(line, /the listener threw.*msgId=KEY1/);
  for (const line of lines.slice(0, 4)) assert.match(line, /\nobject: it cannot be read: reading it throws$/);
  assert.match(lines[4]!, /\nError: no class\n/);
});

test('an AggregateError is logged with the errors in it, also when it has no text of its own', async () => {
  await consumeOne(throwsOnce(new AggregateError([new RangeError('::1 refused'), 'a text'])));
  assert.match(lines[0]!, /\nAggregateError/);
  assert.match(lines[0]!, /\none of them: RangeError: ::1 refused\n/);
  assert.match(lines[0]!, /\none of them: a text$/);
});

test('a broadcast message that fails is one warning as well, with the fact that it is not redelivered', async () => {
  await consumeOne(throwsOnce(new Error('no')), undefined, 'BROADCASTING');
  assert.equal(lines.length, 1);
  assert.match(lines[0]!, /a broadcast message is not tried again .*msgId=KEY1/);
});

test('the class of an error is named also where its stack does not', async () => {
  class Unnamed extends Error {}
  await consumeOne(throwsOnce(new Unnamed('x')));
  assert.match(lines[0]!, /\nUnnamed: x\n/);
});

test('console as logger gets all levels, each line with its facts and the stack', async () => {
  await consumeOne(throwsOnce(new Error('no')), console);
  assert.ok(lines.some((line) => line.startsWith('info [rocketmq] ')));
  const [line] = lines.filter((each) => each.startsWith('warn [rocketmq] the listener threw'));
  assert.match(line!, /msgId=KEY1.*\nError: no\n +at /);
});

test('pino and bunyan get the fields first, the error under the name that they look for', async () => {
  for (const mark of ['bindings', 'addStream']) {
    const seen: [LogFields, string][] = [];
    const log = (fields: LogFields, sentence: string) => void seen.push([fields, sentence]);
    const pino = { debug: log, info: log, warn: log, error: log, [mark]: () => ({}) };
    const error = new BillingError('no');
    await consumeOne(throwsOnce(error), pino);
    const [fields, sentence] = seen.find(([, text]) => text.startsWith('the listener threw'))!;
    assert.match(sentence, /^the listener threw/);
    assert.deepEqual([fields.err, fields.msgId, fields.error], [error, 'KEY1', undefined]);
  }
});

test('other loggers get the sentence first, with texts of what was thrown that survive JSON', async () => {
  const seen: [string, LogFields | undefined][] = [];
  const log = (sentence: string, fields?: LogFields) => void seen.push([sentence, fields]);
  await consumeOne(throwsOnce(new BillingError('no')), { warn: log, error: log });
  await consumeOne(throwsOnce(undefined), { warn: log, error: log });
  const printed = seen.filter(([sentence]) => sentence.startsWith('[rocketmq] the listener threw'));
  const [first, second] = printed.map(([, fields]) => JSON.parse(JSON.stringify(fields)));
  assert.deepEqual([first.errorClass, first.errorMessage, first.msgId], ['BillingError', 'no', 'KEY1']);
  assert.match(first.stack, /^BillingError: no\n +at /);
  assert.deepEqual([second.errorClass, second.errorMessage], ['undefined', 'undefined']);
});

test('a logger of our own port keeps its names and sees what is in an error', async () => {
  const seen: [string, string, LogFields | undefined][] = [];
  const named = (name: string): Logger => {
    const at = (sentence: string, fields?: LogFields) => void seen.push([name, sentence, fields]);
    return { debug: at, info: at, warn: at, error: at, named };
  };
  await consumeOne(throwsOnce(new BillingError('no')), named('mine'));
  const [name, , fields] = seen.find(([, text]) => text.startsWith('the listener threw'))!;
  assert.equal(name, 'PushConsumer');
  const json = JSON.stringify(fields);
  for (const part of ['"errorClass":"BillingError"', '"errorMessage":"no"', 'logger.test.ts']) {
    assert.ok(json.includes(part), json);
  }
});

test('methods are called on their logger, missing ones and ones that throw do no harm', async () => {
  class Own {
    readonly seen: string[] = [];
    warn(sentence: string): void {
      this.seen.push(sentence);
      throw new Error('full');
    }
    error(sentence: string): void {
      this.seen.push(sentence);
    }
  }
  const own = new Own();
  await consumeOne(throwsOnce(new Error('no')), own);
  assert.equal(own.seen.filter((sentence) => sentence.includes('the listener threw')).length, 1);
  fromConsole(own).error('x');
  fromPino(own as unknown as LoggerLike).debug('dropped');
});

test('silence is silence', async () => {
  await consumeOne(throwsOnce(new Error('no')), silentLogger);
  assert.deepEqual(lines, []);
});

test('a flood of one warning is cut to twenty lines a minute, and the rest is counted', () => {
  let nowMs = 0;
  const logger = clientLogger(undefined, () => nowMs);
  for (let index = 0; index < 100; index++) logger.warn('a pull failed', { index });
  logger.warn('another');
  assert.equal(lines.length, 21);
  nowMs = 60_000;
  logger.warn('a pull failed');
  assert.match(lines.at(-1)!, /\(80 more of these lines were left out before\.\)/);
  logger.info('quiet');
  logger.debug('quiet');
  assert.equal(lines.length, 22);
});
