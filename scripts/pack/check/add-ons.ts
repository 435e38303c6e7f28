import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startOurBroker, startOurNamesrv } from '@rocketmq-ts/testkit/processes';
import { ADD_ON_FILES, addOnDist, addOns } from '../add-on-packages.ts';
import { root } from '../compile.ts';
import { nodeVersions } from './environments.ts';
import type { Report } from './report.ts';
import { npm, run } from './run.ts';

/** Versions of Nest that the package names as its peers. */
const NESTS = [
  { name: 'Nest 12', core: '12.5.1', microservices: '12.1.1' },
  { name: 'Nest 11', core: '11.2.10', microservices: '11.2.6' },
];
const SDK = ['@opentelemetry/api@1.9.1', '@opentelemetry/sdk-trace-base@2.12.1'];
const programs = join(root, 'scripts', 'pack', 'check', 'add-on-programs');

/** Installs the packed add-ons beside the packed client and the real libraries, and uses them through a broker of ours. */
export async function checkAddOns(report: Report, clientFile: string, work: string): Promise<void> {
  const packed = join(work, 'add-ons');
  mkdirSync(packed);
  for (const addOn of addOns) await npm(packed, ['pack', addOnDist(addOn)]);
  const fileOf = (addOn: string): string => join(packed, readdirSync(packed).find((name) => name.includes(addOn))!);
  const namesrv = await startOurNamesrv({ home: join(work, 'add-on-namesrv') });
  const broker = await startOurBroker({ home: join(work, 'add-on-broker'), namesrv: namesrv.address });
  try {
    for (const nest of NESTS)
      await checkNest(report, nest, [clientFile, fileOf('nestjs')], { work, namesrv: namesrv.address });
    await checkTelemetry(report, [clientFile, fileOf('opentelemetry')], { work, namesrv: namesrv.address });
  } finally {
    await broker.stop();
    await namesrv.stop();
  }
}

interface Place {
  readonly work: string;
  readonly namesrv: string;
}

async function checkNest(
  report: Report,
  { name, core, microservices }: (typeof NESTS)[number],
  files: readonly string[],
  { work, namesrv }: Place,
): Promise<void> {
  const folder = newFolder(work, name);
  await report.check(`${name}: the package is installed beside it, and a decorated application compiles`, async () => {
    const libraries = [`@nestjs/common@${core}`, `@nestjs/core@${core}`, `@nestjs/microservices@${microservices}`];
    await npm(folder, [
      'install',
      ...files,
      ...libraries,
      'rxjs@7.8.2',
      'reflect-metadata@0.2.2',
      '@types/node@24.19.2',
    ]);
    checkFiles(folder, 'nestjs');
    await run(process.execPath, {
      args: [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', folder],
      folder,
    });
  });
  // Nest 12 has ES modules only, and Promise.withResolvers needs Node.js 22.
  const versions = nodeVersions().filter((node) => !node.name.startsWith('node-20'));
  for (const [index, node] of versions.entries()) {
    await report.check(
      `${name}, ${node.name}: an event comes again and is handled, a request is answered`,
      async () => {
        const topic = `Nest${name.replace(/\D/g, '')}_${index}`;
        const output = await run(node.path, { args: ['nest-app.js', namesrv, topic], folder });
        assert.deepEqual(output.trim().split('\n'), ['hello world green', 'hello you']);
      },
    );
  }
}

async function checkTelemetry(report: Report, files: readonly string[], { work, namesrv }: Place): Promise<void> {
  const folder = newFolder(work, 'telemetry');
  await report.check('OpenTelemetry: the package is installed beside its API', async () => {
    await npm(folder, ['install', ...files, ...SDK]);
    checkFiles(folder, 'opentelemetry');
  });
  for (const node of nodeVersions()) {
    for (const program of ['telemetry.mjs', 'telemetry.cjs']) {
      await report.check(`OpenTelemetry, ${node.name}, ${program}: a send has a span`, async () => {
        const output = await run(node.path, { args: [program, namesrv], folder });
        assert.equal(output.trim(), 'send Telemetry');
      });
    }
  }
}

/** With the programs, and what a compiler needs to know of a decorated one. */
function newFolder(work: string, name: string): string {
  const folder = join(work, name.replace(' ', '-'));
  cpSync(programs, folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
  const compilerOptions = {
    target: 'es2024',
    lib: ['es2024'],
    types: ['node'],
    module: 'nodenext',
    strict: true,
    skipLibCheck: true,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['nest-app.ts'] }));
  return folder;
}

function checkFiles(folder: string, addOn: string): void {
  const installed = readdirSync(join(folder, 'node_modules', '@rocketmq-ts', addOn));
  assert.deepEqual(installed.sort(), [...ADD_ON_FILES, 'package.json'].sort());
  assert.deepEqual(readdirSync(join(folder, 'node_modules', '@rocketmq-ts')).sort(), ['client', addOn].sort());
}
