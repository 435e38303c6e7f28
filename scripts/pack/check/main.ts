import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clientDist } from '../client-package.ts';
import { root } from '../compile.ts';
import { checkContent, checkNeighbours } from './package-content.ts';
import { checkPrograms } from './programs.ts';
import { Report } from './report.ts';
import { npm, run } from './run.ts';
import { checkTypes } from './types.ts';
import { checkZstd } from './zstd.ts';

/**
 * `npm run pack-check`: packs the client, installs it as strangers do, into empty folders, and uses it there. Ends with
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
  await npm(packed, ['pack', clientDist]);
  const file = join(packed, readdirSync(packed)[0]!);
  const fromFile = emptyFolder('from-file');
  const installedFolder = join(fromFile, 'node_modules', '@rocketmq-ts', 'client');
  await report.check('npm i <file> needs no other package of ours', async () => {
    await npm(fromFile, ['install', file]);
    checkNeighbours(fromFile);
  });
  await report.check('the package is small, whole, and names nothing outside', () => checkContent(installedFolder));

  const fromFolder = emptyFolder('from-folder');
  await report.check('npm i packages/client/dist', async () => {
    await npm(fromFolder, ['install', clientDist]);
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
    checkContent(join(folder, 'dist'), { hasManifest: false });
  });

  await report.check('npm pack of another room is refused: it is no package', async () => {
    await assert.rejects(
      npm(root, ['pack', '-w', '@rocketmq-ts/broker', '--pack-destination', work]),
      /no package of its own/,
    );
  });

  await checkPrograms(
    report,
    [
      { name: 'from the file', folder: fromFile },
      { name: 'from the folder', folder: fromFolder },
      { name: 'from the sources', folder: fromSource },
    ],
    programs,
    work,
  );
  await checkTypes(report, fromFile, join(programs, 'strict.ts'));
} finally {
  rmSync(work, { recursive: true, force: true });
}
process.exitCode = report.close();
