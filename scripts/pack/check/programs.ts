import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { Producer } from '@rocketmq-ts/client';
import { startOurBroker, startOurNamesrv } from '@rocketmq-ts/testkit/processes';
import { esbuild, nodeVersions, tsx } from './environments.ts';
import type { Report } from './report.ts';
import { run } from './run.ts';

/** What of a client is installed where. */
interface Installed {
  readonly name: string;
  readonly folder: string;
}

/** Sends and receives with each installed client on each Node.js, by `import` and `require`, through a broker of ours. */
export async function checkPrograms(
  report: Report,
  installs: readonly Installed[],
  programs: string,
  home: string,
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
    for (const format of ['esm', 'cjs']) {
      const file = format === 'esm' ? 'bundled.mjs' : 'bundled.cjs';
      const entry = format === 'esm' ? 'bundle.mjs' : 'require.cjs';
      const args = [
        entry,
        '--bundle',
        '--platform=node',
        `--format=${format}`,
        `--outfile=${file}`,
        '--log-level=error',
      ];
      await report.check(`esbuild makes one ${format} file`, async () => void (await run(esbuild, { args, folder })));
      await travels(`${oldest.name}, esbuild's ${format} file`, oldest.path, folder, [file]);
    }
  } finally {
    await broker.stop();
    await namesrv.stop();
  }
}

/** A message as a Java producer with compressType ZSTD sends it: also a Node.js without ZSTD must read it. */
async function sendZstd(namesrvAddr: string): Promise<void> {
  const producer = new Producer({ namesrvAddr, producerGroup: 'zstd', compressType: 'ZSTD' });
  await producer.start();
  await producer.send({ topic: 'Zstd', body: 'zstd '.repeat(4000) });
  await producer.stop();
}
