import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../compile.ts';
import { distOf, PUBLISHED, type PublishedRoom, roomManifest } from '../packages.ts';
import { checkAddOns } from './add-ons.ts';
import { checkContent, checkNeighbours } from './package-content.ts';
import { checkPrograms } from './programs.ts';
import { Report } from './report.ts';
import { npm, run } from './run.ts';
import { printStartTimes } from './start-times.ts';
import { checkTesting } from './testing.ts';
import { checkTypes } from './types.ts';
import { checkZstd } from './zstd.ts';

/**
 * `npm run pack-check`: packs the packages, installs them as strangers do, into empty folders, and uses them there. Prints sizes and start times. Ends with
 * `N passed, N failed`.
 */
const programs = join(root, 'scripts', 'pack', 'check', 'programs');
const work = mkdtempSync(join(tmpdir(), 'pack-check-'));
const report = new Report();

function emptyFolder(name: string): string {
  const folder = join(work, name);
  mkdirSync(folder);
  return folder;
}

try {
  const compiler = join(root, 'node_modules', '.bin', 'tsc');
  await report.check('the build itself has types', async () => {
    await run(compiler, { args: ['-p', join(root, 'scripts', 'pack')], folder: root });
  });
  await report.check('ZSTD without help of Node.js inflates what Node.js compressed, up to a limit', checkZstd);
  await npm(root, ['run', 'build']);

  const packed = emptyFolder('packed');
  for (const { room } of PUBLISHED) await npm(packed, ['pack', distOf(room)]);
  const fileOf = ({ room }: PublishedRoom): string =>
    join(packed, `rocketmq-ts-${room}-${roomManifest(room).version}.tgz`);
  const client = PUBLISHED[0]!;
  const file = fileOf(client);
  const fromFile = emptyFolder('from-file');
  const installedFolder = join(fromFile, 'node_modules', '@rocketmq-ts', 'client');
  await report.check('npm i <file> needs no other package of ours', async () => {
    await npm(fromFile, ['install', file]);
    checkNeighbours(fromFile);
  });
  await report.check('the package is small, whole, and names nothing outside', () => {
    console.log(`      client: ${checkContent(installedFolder, client)} bytes unpacked`);
  });

  const fromFolder = emptyFolder('from-folder');
  await report.check('npm i packages/client/dist', async () => {
    await npm(fromFolder, ['install', distOf('client')]);
  });

  const alone = emptyFolder('alone');
  await report.check('without a registry the client is installed alone', async () => {
    await npm(alone, ['install', '--omit=optional', '--offline', '--cache', join(work, 'empty-cache'), file]);
    assert.deepEqual(
      readdirSync(join(alone, 'node_modules')).filter((name) => !name.startsWith('.')),
      ['@rocketmq-ts'],
    );
  });

  const fromSource = emptyFolder('from-source');
  await report.check('npm pack -w @rocketmq-ts/client packs the same client', async () => {
    const manifest = readFileSync(join(root, 'packages', 'client', 'package.json'), 'utf8');
    await npm(root, ['pack', '-w', '@rocketmq-ts/client', '--pack-destination', fromSource]);
    assert.equal(readFileSync(join(root, 'packages', 'client', 'package.json'), 'utf8'), manifest);
    await npm(fromSource, ['install', join(fromSource, readdirSync(fromSource)[0]!)]);
    const folder = join(fromSource, 'node_modules', '@rocketmq-ts', 'client');
    checkNeighbours(fromSource);
    checkContent(join(folder, 'dist'), client, { hasManifest: false });
  });

  await report.check('npm pack of another room is refused: it is no package', async () => {
    await assert.rejects(
      npm(root, ['pack', '-w', '@rocketmq-ts/broker', '--pack-destination', work]),
      /no package of its own/,
    );
  });

  const beside = emptyFolder('beside');
  await report.check('npm i <files> of all packages', async () => {
    await npm(beside, ['install', ...PUBLISHED.map(fileOf)]);
    for (const published of PUBLISHED) {
      const folder = join(beside, 'node_modules', '@rocketmq-ts', published.room);
      console.log(`      ${published.room}: ${checkContent(folder, published)} bytes unpacked`);
    }
  });
  for (const { room } of PUBLISHED)
    await report.check(`npm publish --dry-run of the ${room} has nothing to say`, async () => {
      const output = await npm(root, ['publish', '--dry-run', '--tag', 'check', distOf(room)], 'warn');
      const warnings = output.split('\n').filter((line) => /npm (?:warn|error)/i.test(line));
      // Nobody is logged in here, and nothing is published.
      assert.deepEqual(
        warnings.filter((line) => !line.includes('requires you to be logged in')),
        [],
      );
    });
  printStartTimes(beside);

  await checkPrograms(
    report,
    [
      { name: 'from the file', folder: fromFile },
      { name: 'from the folder', folder: fromFolder },
      { name: 'from the sources', folder: fromSource },
    ],
    programs,
    work,
    beside,
  );
  await checkAddOns(report, file, work);
  await checkTesting(report, file, work);
  await checkTypes(report, fromFile, join(programs, 'strict.ts'));
  // kysely asks for a newer compiler than the client does.
  await checkTypes(report, beside, join(programs, 'strict-sender.ts'), ['TypeScript 7', 'TypeScript 5.9']);
} finally {
  rmSync(work, { recursive: true, force: true });
}
process.exitCode = report.close();
