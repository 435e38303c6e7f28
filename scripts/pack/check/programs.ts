import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { Producer } from '@rocketmq-ts/client';
import { startOurBroker, startOurNamesrv } from '@rocketmq-ts/testkit/processes';
import { PUBLISHED } from '../packages.ts';
import { bun, esbuild, jest, nodeVersions, nodeVersionsFrom, tsx, vitest } from './environments.ts';
import type { Report } from './report.ts';
import { run } from './run.ts';

/** What of a client is installed where. */
interface Installed {
  readonly name: string;
  readonly folder: string;
}

/**
 * Sends and receives with each installed client on each Node.js, by `import` and `require`, through a broker of ours; from bundles,
 * in test runners; and with the sender and the admin that are installed in the folder `beside`.
 */
export async function checkPrograms(
  report: Report,
  installs: readonly Installed[],
  programs: string,
  home: string,
  beside: string,
): Promise<void> {
  const namesrv = await startOurNamesrv({ home: join(home, 'namesrv') });
  const broker = await startOurBroker({ home: join(home, 'broker'), namesrv: namesrv.address });
  try {
    await sendZstd(namesrv.address);
    let count = 0;
    const travels = async (what: string, node: string, folder: string, args: readonly string[]): Promise<void> => {
      const name = `Travel${++count}`;
      await report.check(`${what}: a message travels`, async () => {
        const output = await run(node, { args: [...args, namesrv.address, name, `g-${name}`], folder });
        assert.equal(output.trim(), 'travelled');
      });
    };
    for (const { name, folder } of installs) {
      cpSync(programs, folder, { recursive: true });
      for (const node of nodeVersions()) {
        await travels(`${name}, ${node.name}, import`, node.path, folder, ['import.mjs']);
        await travels(`${name}, ${node.name}, require`, node.path, folder, ['require.cjs']);
      }
    }
    const { folder } = installs[0]!;
    const oldest = nodeVersions()[0]!;
    await travels('tsx', process.execPath, folder, [tsx, 'import.mjs']);
    const runtime = bun();
    if (runtime !== undefined) await travels('Bun', runtime, folder, ['import.mjs']);
    await checkBundles(report, folder, (what, file) => travels(what, oldest.path, folder, [file]));
    await checkTestRunners(report, folder, namesrv.address);
    await checkBeside(report, beside, programs, namesrv.address);
  } finally {
    await broker.stop();
    await namesrv.stop();
  }
}

/** One file by esbuild, as ES module and CommonJS, as it is written and minified. */
async function checkBundles(
  report: Report,
  folder: string,
  travels: (what: string, file: string) => Promise<void>,
): Promise<void> {
  for (const format of ['esm', 'cjs'])
    for (const minify of [false, true]) {
      const file = `bundled${minify ? '.min' : ''}.${format === 'esm' ? 'mjs' : 'cjs'}`;
      const entry = format === 'esm' ? 'bundle.mjs' : 'require.cjs';
      const flags = ['--bundle', '--platform=node', `--format=${format}`, `--outfile=${file}`, '--log-level=error'];
      const args = [entry, ...flags, ...(minify ? ['--minify'] : [])];
      const what = `${minify ? 'minified ' : ''}${format} file`;
      await report.check(`esbuild makes one ${what}`, async () => void (await run(esbuild, { args, folder })));
      await travels(`esbuild's ${what}`, file);
    }
}

async function checkTestRunners(report: Report, folder: string, namesrvAddr: string): Promise<void> {
  const runners = [
    { name: 'jest', args: [jest, '--rootDir', folder, 'travel.test.cjs'] },
    { name: 'vitest', args: [vitest, 'run', '--root', folder, '--globals', 'travel.spec.mjs'] },
  ];
  for (const { name, args } of runners)
    await report.check(`${name}: a message travels`, async () => {
      const environment = { TRAVEL: `${namesrvAddr} In-${name} g-${name}` };
      assert.match(await run(process.execPath, { args, folder, environment }), /travelled/);
    });
}

/** The packages beside the client, on each Node.js that they run on. */
async function checkBeside(report: Report, folder: string, programs: string, namesrvAddr: string): Promise<void> {
  cpSync(programs, folder, { recursive: true });
  for (const published of PUBLISHED.filter(({ room }) => room !== 'client'))
    for (const node of nodeVersionsFrom(published.engines)) {
      const files = published.room === 'sender' ? ['outbox-import.mjs', 'outbox-require.cjs'] : ['topics.cjs'];
      for (const file of files)
        await report.check(`${published.room}, ${node.name}: ${file}`, async () => {
          const topic = `T-${node.name.replace(/\W/g, '-')}-${file.replace(/\W/g, '-')}`;
          const output = await run(node.path, { args: ['--no-warnings', file, namesrvAddr, topic], folder });
          assert.match(output, /^(kept|listed)\n$/);
        });
    }
  await report.check('the command mqsender is installed', async () => {
    const args = ['--no-warnings', join(folder, 'node_modules', '.bin', 'mqsender'), '--help'];
    assert.match(await run(process.execPath, { args, folder }), /^Usage: mqsender/);
  });
}

/** A message as a Java producer with compressType ZSTD sends it: also a Node.js without ZSTD must read it. */
async function sendZstd(namesrvAddr: string): Promise<void> {
  const producer = new Producer({ namesrvAddr, producerGroup: 'zstd', compressType: 'ZSTD' });
  await producer.start();
  await producer.send({ topic: 'Zstd', body: 'zstd '.repeat(4000) });
  await producer.stop();
}
