import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { lastWords, startProgram } from '@rocketmq-ts/testkit/java';

const folder = mkdtempSync(join(tmpdir(), 'program-test-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const shell = (name: string, script: string) =>
  startProgram({ command: 'sh', args: ['-c', script], logFile: join(folder, name) });

test('a line that a program prints is found, also when the program has ended by then', async () => {
  const program = await shell('line', 'echo one; echo "two ready"; exit 3');
  assert.equal(await program.waitForLine(/ready/, 10_000), 'two ready');
  assert.deepEqual(await program.exited, { code: 3, signal: null });
  assert.equal(await program.waitForLine(/one/, 10_000), 'one');
});

test('waiting for a line ends with the last words of a program that ends without it', async () => {
  const program = await shell('wordless', 'echo "port in use" >&2; exit 1');
  await assert.rejects(program.waitForLine(/ready/, 10_000), /ended before it printed[\s\S]*port in use/);
});

test('stop asks first and kills a program that does not listen', async () => {
  const unstoppable = await shell('unstoppable', 'trap "" TERM; echo up; exec sleep 1000');
  await unstoppable.waitForLine(/up/, 10_000);
  assert.deepEqual(await unstoppable.stop(1), { code: null, signal: 'SIGKILL' });
  const ordinary = await shell('ordinary', 'echo up; exec sleep 1000');
  await ordinary.waitForLine(/up/, 10_000);
  assert.deepEqual(await ordinary.stop(), { code: null, signal: 'SIGTERM' });
});

test('a command that does not exist is an error of the start', async () => {
  await assert.rejects(
    startProgram({ command: join(folder, 'nothing-here'), args: [], logFile: join(folder, 'none') }),
    /ENOENT/,
  );
});

test('last words leave out what Apache logs about its logging', () => {
  assert.equal(lastWords('a\n01:02 |-INFO in x\nb\n'), 'Its output ends:\na\nb');
});
