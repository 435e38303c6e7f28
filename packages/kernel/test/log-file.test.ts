import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { CodedError, createLogDirectory, type LogTimers, parseLogLevels, silentLogger } from '@rocketmq-ts/kernel';
import { formatJsonLine, formatLogLine } from '../src/node/log-line.ts';

const root = mkdtempSync(join(tmpdir(), 'log-'));
after(() => rmSync(root, { recursive: true }));

const AT = new Date(2026, 0, 31, 23, 59, 58, 7).getTime();

test('a line is time, level, name, sentence and fields', () => {
  assert.equal(
    formatLogLine(AT, 'info', 'store', 'file created', {
      path: '/a/b',
      sizeBytes: 1024,
      absent: undefined,
      none: null,
    }),
    '2026-01-31 23:59:58,007 INFO store - file created path=/a/b sizeBytes=1024 none=null\n',
  );
});

test('a value never breaks its line or runs into its neighbour', () => {
  const line = formatLogLine(AT, 'warn', 'x', 'odd', {
    a: 'two words',
    b: 'line\nfeed',
    c: '',
    d: 'k=v',
    e: { f: [1, 2n] },
  });
  assert.ok(line.endsWith(' a="two words" b="line\\nfeed" c="" d="k=v" e={"f":[1,"2"]}\n'), line);
  const long = formatLogLine(AT, 'warn', 'x', 'long', { text: 'y'.repeat(100_000) });
  assert.ok(long.length < 3000);
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  assert.match(formatLogLine(AT, 'warn', 'x', 'cycle', { cycle }), /cycle=\[unprintable\]/);
});

test('an error field is its code and message with its causes, and at level error its stack follows', () => {
  const error = new CodedError('DISK_FULL', 'no space', { cause: new Error('ENOSPC') });
  const warning = formatLogLine(AT, 'warn', 'x', 'failed', { error });
  assert.ok(warning.endsWith(' error="DISK_FULL: no space; caused by ENOSPC"\n'), warning);
  assert.match(formatLogLine(AT, 'error', 'x', 'failed', { error }), /\n {4}at /);
});

test('what the system refused is one line at level error too', () => {
  const error = Object.assign(new Error('ENOSPC: no space left on device, write'), {
    code: 'ENOSPC',
    syscall: 'write',
  });
  const line = formatLogLine(AT, 'error', 'x', 'failed', { error });
  assert.ok(line.endsWith(' error="ENOSPC: no space left on device, write"\n'), line);
  assert.equal(JSON.parse(formatJsonLine(AT, 'error', 'x', 'failed', { error })).error.stack, undefined);
});

test('lines wait for 200 ms and are written together; an error is written at once', async () => {
  const timers = new FakeTimers();
  const directory = join(root, 'waiting');
  const logger = createLogDirectory({ directory, routes: {}, fallback: { file: 'broker.log' }, timers });
  logger.info('first');
  logger.info('second');
  assert.equal(existsSync(join(directory, 'broker.log')), false);
  assert.deepEqual(timers.delays, [200]);
  timers.fire();
  assert.equal(content(directory, 'broker.log').split('\n').length, 3);
  logger.info('third');
  logger.error('fourth');
  assert.match(content(directory, 'broker.log'), /INFO broker - third\n.*ERROR broker - fourth\n$/);
  await logger.close();
  logger.info('after the close');
  logger.flush();
  assert.doesNotMatch(content(directory, 'broker.log'), /after the close/);
});

test('much text does not wait', async () => {
  const directory = join(root, 'much');
  const logger = createLogDirectory({
    directory,
    routes: {},
    fallback: { file: 'broker.log' },
    timers: new FakeTimers(),
  });
  for (let index = 0; index < 1000; index++) logger.info('x'.repeat(100));
  assert.ok(content(directory, 'broker.log').length > 60_000);
  await logger.close();
});

test('levels change while a logger is used, for all names or one of them', async () => {
  const directory = join(root, 'changing');
  const logger = createLogDirectory({ directory, routes: {}, fallback: { file: 'a.log' } });
  const [store, flush] = [logger.named('store'), logger.named('store.flush')];
  store.debug('not yet');
  logger.setLevels(parseLogLevels('warn,store:debug')!);
  for (const each of [logger, store, flush, logger.named('other')]) each.debug('d');
  for (const each of [logger, store, logger.named('other')]) each.info('i');
  logger.setLevels(parseLogLevels('info')!);
  store.debug('no more');
  logger.info('again');
  await logger.close();
  const lines = content(directory, 'a.log').trim().split('\n');
  assert.deepEqual(
    lines.map((line) => line.split(' ').slice(2).join(' ')),
    ['DEBUG store - d', 'DEBUG store.flush - d', 'INFO store - i', 'INFO a - again'],
  );
});

test('a text of levels is one level, and levels by name behind it', () => {
  assert.deepEqual(parseLogLevels('WARN, store:Debug'), { level: 'warn', byName: new Map([['store', 'debug']]) });
  assert.equal(parseLogLevels('remoting:error')?.level, 'info');
  for (const wrong of ['', 'loud', 'info,warn', ':debug', 'store:', 'info,'])
    assert.equal(parseLogLevels(wrong), undefined);
});

test('a line of JSON is one object, also with the stack of an error', () => {
  const error = new CodedError('DISK_FULL', 'no space', { cause: new Error('line\nfeed') });
  const line = formatJsonLine(AT, 'error', 'store', 'failed', {
    error,
    level: 3,
    path: '/a',
    absent: undefined,
    big: 1n,
  });
  assert.equal(line.indexOf('\n'), line.length - 1);
  const { error: shown, ...rest } = JSON.parse(line);
  assert.deepEqual(rest, {
    ...{ time: new Date(AT).toISOString(), level: 'ERROR', logger: 'store', message: 'failed' },
    ...{ _level: 3, path: '/a', big: '1' },
  });
  assert.deepEqual([shown.code, shown.message], ['DISK_FULL', 'DISK_FULL: no space; caused by line\nfeed']);
  assert.match(shown.stack, /\n {4}at /);
  assert.equal(JSON.parse(formatJsonLine(AT, 'warn', 'x', 'y', { error })).error.stack, undefined);
});

test('levels below the lowest are written nowhere', async () => {
  const directory = join(root, 'levels');
  const logger = createLogDirectory({
    directory,
    routes: {},
    fallback: { file: 'a.log' },
    levels: parseLogLevels('warn'),
  });
  logger.debug('no');
  logger.info('no');
  logger.named('other').warn('yes');
  await logger.close();
  assert.match(content(directory, 'a.log'), /^[^\n]* WARN other - yes\n$/);
});

// Source: rmq.broker.logback.xml.
test('a full file becomes number 1, compressed; the older ones move up and the oldest is removed', async () => {
  const directory = join(root, 'rolling');
  for (let round = 1; round <= 4; round++) {
    const logger = createLogDirectory({
      directory,
      routes: {},
      fallback: { file: 'broker.log', maxFileBytes: 100, maxFiles: 2 },
    });
    logger.error(`round ${round} ${'x'.repeat(60)}`);
    await logger.close();
  }
  assert.match(content(directory, 'broker.log'), /round 4/);
  assert.deepEqual(readdirSync(join(directory, 'otherdays')).sort(), ['broker.1.log.gz', 'broker.2.log.gz']);
  assert.match(rolled(directory, 'broker.1.log.gz'), /round 3/);
  assert.match(rolled(directory, 'broker.2.log.gz'), /round 2/);
});

test('a rolled file that a dying process left uncompressed is taken up by the next roll', async () => {
  const directory = join(root, 'left');
  const first = createLogDirectory({ directory, routes: {}, fallback: { file: 'a.log', maxFileBytes: 10 } });
  first.error('one');
  first.error('two');
  await first.close();
  writeFileSync(join(directory, 'otherdays/a.2.log'), 'left behind');
  const second = createLogDirectory({ directory, routes: {}, fallback: { file: 'a.log', maxFileBytes: 10 } });
  second.error('three');
  await second.close();
  assert.equal(rolled(directory, 'a.3.log.gz'), 'left behind');
  assert.match(rolled(directory, 'a.1.log.gz'), /two/);
});

test('names lead to their files, below them too, and all others to the fallback', async () => {
  const directory = join(root, 'routes');
  const logger = createLogDirectory({
    directory,
    routes: { store: { file: 'store.log' }, 'store.error': { file: 'storeerror.log' } },
    fallback: { file: 'broker.log' },
  });
  logger.info('to the broker');
  logger.named('constructor').info('to the broker as well');
  logger.named('store').info('to the store');
  logger.named('store').named('store.flush').info('to the store as well');
  logger.named('store.error').info('to the errors');
  await logger.close();
  assert.equal(content(directory, 'broker.log').match(/to the broker/g)?.length, 2);
  assert.equal(content(directory, 'store.log').match(/to the store/g)?.length, 2);
  assert.match(content(directory, 'storeerror.log'), /INFO store\.error - to the errors/);
});

test('a log that cannot be written loses lines, reports how many, and never throws', async (context) => {
  const complaints = context.mock.method(process.stderr, 'write', () => true);
  const directory = join(root, 'blocked');
  writeFileSync(directory, 'a file where the folder should be');
  const logger = createLogDirectory({ directory, routes: {}, fallback: { file: 'a.log' } });
  logger.error('lost');
  logger.error('lost too');
  assert.equal(complaints.mock.callCount(), 1);
  rmSync(directory);
  logger.error('found');
  await logger.close();
  assert.match(content(directory, 'a.log'), /^2 log lines were lost[^\n]*\n[^\n]*ERROR a - found\n/);
});

test('what waits is written when the process ends', () => {
  const directory = join(root, 'exit');
  const program = `
    import { createLogDirectory } from ${JSON.stringify(import.meta.resolve('../src/index.ts'))};
    createLogDirectory({ directory: ${JSON.stringify(directory)}, routes: {}, fallback: { file: 'a.log' } }).info('last words');
    process.exit(0);`;
  const result = spawnSync(process.execPath, ['--input-type=module-typescript', '-e', program], { encoding: 'utf8' });
  assert.equal(result.status, 0, result.stderr);
  assert.match(content(directory, 'a.log'), /last words/);
});

test('the silent logger takes everything', () => {
  silentLogger.named('x').error('nothing', { at: 'all' });
});

class FakeTimers implements LogTimers {
  readonly delays: number[] = [];
  #task: (() => void) | undefined;

  now(): number {
    return AT;
  }

  after(delayMs: number, task: () => void): { cancel(): void } {
    this.delays.push(delayMs);
    this.#task = task;
    return {
      cancel: () => {
        this.#task = undefined;
      },
    };
  }

  fire(): void {
    this.#task?.();
  }
}

function content(directory: string, file: string): string {
  return readFileSync(join(directory, file), 'utf8');
}

function rolled(directory: string, file: string): string {
  return gunzipSync(readFileSync(join(directory, 'otherdays', file))).toString();
}
