import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SimulatedEnvironment } from '@rocketmq-ts/testkit';
import { writeOutputFile } from '../src/command/output-file.ts';
import { runMqadmin } from '../src/index.ts';
import { storedMessage } from './stored-message.ts';

/** Runs dumpCompactionLog on a machine with a file `/log/0`. */
async function dump(
  content: Buffer,
  ...words: string[]
): Promise<{ stdout: string; stderr: string; exitCode: number }> {
  const environment = new SimulatedEnvironment(1);
  const machine = environment.machine('admin');
  writeOutputFile(machine.disk, '/log', '0', content);
  const outputs = { stdout: '', stderr: '' };
  const exitCode = await environment.clock.run(
    runMqadmin(['dumpCompactionLog', ...words], {
      ...{ platform: machine, env: {} },
      stdout: (text) => (outputs.stdout += text),
      stderr: (text) => (outputs.stderr += text),
    }),
  );
  return { ...outputs, exitCode };
}

// Source: DumpCompactionLogCommand.
describe('a file of a compacted topic', () => {
  const records = [storedMessage('a', { queueOffset: 1 }), storedMessage('b', { queueOffset: 5 })];

  test('is shown record by record, without bodies, up to the zeros behind the last one', async () => {
    const { stdout, stderr, exitCode } = await dump(Buffer.concat([...records, Buffer.alloc(50)]), '-f', '/log/0');
    assert.deepEqual([stderr, exitCode], ['', 0]);
    const lines = stdout.split('\n').slice(0, -1);
    assert.equal(lines.length, 2);
    assert.match(
      lines[1]!,
      /^MessageExt \[brokerName=null, queueId=0, .* queueOffset=5, .* body=null, transactionId='null'}\]$/,
    );
  });

  test('that ends within a record, or has other bytes in between, is shown as far as it holds together', async () => {
    const torn = Buffer.concat([records[0]!, records[1]!.subarray(0, 60)]);
    const other = Buffer.concat([records[0]!, Buffer.from('no record at all')]);
    const damaged = Buffer.from(records[0]!);
    damaged.writeInt32BE(7, 4);
    for (const content of [torn, other, Buffer.concat([records[0]!, damaged])]) {
      const { stdout, stderr, exitCode } = await dump(content, '-f', '/log/0');
      assert.equal(stdout.split('\n').length, 2);
      assert.match(stderr, /^DumpCompactionLogCommand command failed: \/log\/0 has no record at byte \d+: .*\n$/);
      assert.equal(exitCode, 2);
    }
  });

  test('must be named, and be one', async () => {
    assert.deepEqual(await dump(records[0]!), { stdout: 'miss dump log file name\n', stderr: '', exitCode: 2 });
    for (const [path, reason] of [
      ['/log/1', 'file /log/1 not exist.'],
      ['/log', 'file /log is a directory.'],
    ] as const) {
      const { stderr, exitCode } = await dump(records[0]!, '-f', path);
      assert.deepEqual([stderr, exitCode], [`DumpCompactionLogCommand command failed: ${reason}\n`, 2]);
    }
  });

  test('of no length has no records', async () => {
    assert.deepEqual(await dump(Buffer.alloc(0), '-f', '/log/0'), { stdout: '', stderr: '', exitCode: 0 });
  });
});
