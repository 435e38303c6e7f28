import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';

test('the bound of open files is that which the shell set for this process', {
  skip: process.platform !== 'linux',
}, () => {
  const module = new URL('../src/node/open-files.ts', import.meta.url).href;
  const script = `import { openFilesLimit } from '${module}'; console.log(openFilesLimit());`;
  const command = 'ulimit -n 256; exec "$0" "$@"';
  const args = [process.execPath, ...process.execArgv.filter((each) => !each.startsWith('--test'))];
  const run = ['-c', command, ...args, '--input-type=module', '-e', script];
  assert.equal(execFileSync('sh', run, { encoding: 'utf8' }).trim(), '256');
});
