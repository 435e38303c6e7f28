import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { logFile } from '../src/index.ts';

const root = mkdtempSync(join(tmpdir(), 'client-log-'));
after(() => rmSync(root, { recursive: true }));

test('the file has the name that Java users look for, and lines from the level on', async () => {
  const logger = logFile({ directory: root, level: 'warn,PushConsumer:debug' });
  logger.named('RocketmqClient').info('left out');
  logger.named('RocketmqClient').warn('a heartbeat failed', { address: '127.0.0.1:10911' });
  logger.named('PushConsumer').debug('rebalanced');
  await logger.close();
  const lines = readFileSync(join(root, 'rocketmq_client.log'), 'utf8').trim().split('\n');
  assert.deepEqual(
    lines.map((line) => line.split(' ').slice(2).join(' ')),
    ['WARN RocketmqClient - a heartbeat failed address=127.0.0.1:10911', 'DEBUG PushConsumer - rebalanced'],
  );
});

test('a folder that can not be made costs lines and nothing else', async () => {
  const directory = join(root, 'file');
  writeFileSync(directory, '');
  const logger = logFile({ directory: join(directory, 'below') });
  logger.error('lost');
  await logger.close();
  assert.equal(existsSync(join(directory, 'below')), false);
});

test('a level that there is not is named', () => {
  assert.throws(() => logFile({ level: 'loud' }), { code: 'OPTION_ILLEGAL', message: /level loud/ });
});
