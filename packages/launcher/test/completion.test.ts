import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { test } from 'node:test';

const MQADMIN = join(resolve(import.meta.dirname, '../../../bin'), 'mqadmin');

/** What bash offers at the end of each typed line. */
function bash(lines: readonly string[]): string[][] {
  const program = [
    `source <(sh "${MQADMIN}" completion bash)`,
    ...lines.flatMap((line) => [
      `COMP_LINE='${line}' COMP_POINT=${line.length}`,
      `_mqadmin "${MQADMIN}"`,
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of bash
      'echo "${COMPREPLY[@]}"',
    ]),
  ];
  const env = { ...process.env, NAMESRV_ADDR: '127.0.0.1:1' };
  const { stdout, stderr } = spawnSync('bash', ['-c', program.join('\n')], { encoding: 'utf8', env });
  assert.equal(stderr, '');
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split(' ').filter((word) => word !== ''));
}

test('bash completes commands and values, and offers nothing where a name server does not answer', () => {
  const lines = ['mqadmin topicR', 'mqadmin updateTopic -p ', 'mqadmin topicStatus -t Ord'];
  assert.deepEqual(bash(lines), [['topicRoute'], ['2', '4', '6'], []]);
});
