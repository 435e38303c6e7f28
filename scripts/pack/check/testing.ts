import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../compile.ts';
import { TESTING_FILES, testingDist } from '../testing-package.ts';
import { nodeVersions } from './environments.ts';
import type { Report } from './report.ts';
import { npm, run } from './run.ts';

const programs = join(root, 'scripts', 'pack', 'check', 'testing-programs');
const RUNNERS = ['vitest@4.1.12', 'jest@30.5.2'];
const MOST_BYTES = 1_000_000;
/** Older than the kit supports. */
const TOO_OLD = 'node-20.0';
/** A loaded machine takes longer than the runners wait by default. */
const PATIENCE = '--testTimeout=120000';

/** Installs the packed test kit beside the packed client, and uses it by `import` and `require`, with test runners, and as a command. */
export async function checkTesting(report: Report, clientFile: string, work: string): Promise<void> {
  const packed = join(work, 'testing-packed');
  mkdirSync(packed);
  await npm(packed, ['pack', testingDist]);
  const folder = join(work, 'testing');
  cpSync(programs, folder, { recursive: true });
  const installed = join(folder, 'node_modules', '@rocketmq-ts');
  await report.check('the test kit is installed beside the client, and nothing else of ours', async () => {
    await npm(folder, ['install', clientFile, join(packed, readdirSync(packed)[0]!), '@types/node@24.19.2']);
    assert.deepEqual(readdirSync(installed).sort(), ['client', 'testing']);
    const kit = join(installed, 'testing');
    assert.deepEqual(readdirSync(kit).sort(), [...TESTING_FILES, 'package.json'].sort());
    const size = readdirSync(kit).reduce((sum, file) => sum + statSync(join(kit, file)).size, 0);
    console.log(`      testing: ${size} bytes unpacked`);
    assert.ok(size <= MOST_BYTES, `${size} bytes unpacked`);
  });
  for (const { name, path } of nodeVersions().filter((node) => node.name !== TOO_OLD)) {
    for (const program of ['import.mjs', 'require.cjs']) {
      await report.check(`test kit, ${name}, ${program}: a message travels`, async () => {
        assert.equal((await run(path, { args: [program], folder })).trim(), 'later');
      });
    }
  }
  await report.check('test kit: a strict program has types', async () => {
    const mode = ['--module', 'nodenext', '--target', 'es2022', '--lib', 'es2022,esnext.disposable', '--types', 'node'];
    const flags = ['--strict', '--noUncheckedIndexedAccess', '--exactOptionalPropertyTypes', '--noEmit'];
    const compiler = join(root, 'node_modules', 'typescript', 'lib', 'tsc.js');
    const args = [compiler, ...flags, '--skipLibCheck', 'false', ...mode, 'orders.strict.ts'];
    await run(process.execPath, { args, folder });
  });
  await report.check('test kit: its command prints the address and ends with Ctrl-C', async () => {
    assert.match(await commandHead(join(installed, 'testing', 'cli.js')), /^NAMESRV_ADDR=127\.0\.0\.1:\d+\n/);
  });
  await npm(folder, ['install', ...RUNNERS]);
  await report.check('test kit: a test file of vitest passes', async () => {
    const vitest = join(folder, 'node_modules', 'vitest', 'vitest.mjs');
    await run(process.execPath, { args: [vitest, 'run', PATIENCE, 'orders.test.mjs'], folder });
  });
  await report.check('test kit: a test file of jest passes', async () => {
    const jest = join(folder, 'node_modules', 'jest', 'bin', 'jest.js');
    await run(process.execPath, { args: [jest, PATIENCE, '--testMatch', '**/*.jest.cjs'], folder });
  });
}

/** Starts the command, interrupts it after its first lines, and resolves to what it printed. Rejects unless it ends with 0. */
function commandHead(command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [command, 'up', '--brokers', '2'], { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.on('data', (bytes: Buffer) => {
      text += bytes.toString();
      if (text.includes('Ctrl-C')) child.kill('SIGINT');
    });
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve(text) : reject(new Error(`it ended with ${code}: ${text}`))));
  });
}
