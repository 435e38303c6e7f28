import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';

const root = resolve(import.meta.dirname, '../../..');

function checkPages(folder: string): Promise<{ readonly exitCode: number; readonly output: string }> {
  return new Promise((done) => {
    const args = [
      '--disable-warning=ExperimentalWarning',
      join(root, 'scripts/docs.ts'),
      '--check',
      '--folder',
      folder,
    ];
    execFile(process.execPath, args, (error, stdout, stderr) => {
      done({ exitCode: error === null ? 0 : Number(error.code ?? -1), output: stdout + stderr });
    });
  });
}

test('protocol, configuration and errors pages are what the tables in the code give', async () => {
  assert.deepEqual(await checkPages(join(root, 'docs')), { exitCode: 0, output: '' });
});

test('a page that differs is found, with the line', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'rocketmq-ts-docs-'));
  t.after(() => rmSync(folder, { recursive: true }));
  cpSync(join(root, 'docs'), folder, { recursive: true });
  const altered = join(folder, 'protocol.md');
  writeFileSync(altered, readFileSync(altered, 'utf8').replace('### 11 PULL_MESSAGE\n', '### 12 PULL_MESSAGE\n'));
  const { exitCode, output } = await checkPages(folder);
  assert.equal(exitCode, 1);
  assert.match(output, /^\S+protocol\.md is not .* npm run docs.* is "### 12 PULL_MESSAGE" and should be "### 11 /);
  assert.doesNotMatch(output, /errors\.md|configuration\.md/);
});
