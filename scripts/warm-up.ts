import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildPages } from './build-pages.ts';
import { buildPrograms } from './build-programs.ts';

/**
 * Runs at the end of `npm ci`: builds the programs and the pages of the console, and loads every program once, so that its code is
 * compiled before a user waits for it. Nothing depends on it; a program that could not be loaded here reports why when it is
 * started.
 */
const bin = join(dirname(fileURLToPath(import.meta.url)), '..', 'bin');

await buildPrograms();
for (const command of ['mqnamesrv', 'mqbroker', 'mqstart', 'mqshutdown', 'mqadmin', 'mqstore', 'mqdashboard']) {
  const run = spawnSync('sh', [join(bin, command), '-h'], { stdio: 'ignore', timeout: 60_000 });
  if (run.error !== undefined) console.error(`bin/${command} could not be warmed up: ${run.error.message}`);
}

buildPages();
