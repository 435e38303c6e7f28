import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installTools } from './tools.ts';

/**
 * `npm run build`: makes the package that others install, packages/client/dist. The checkout itself runs from its sources
 * and needs no build.
 */
const folder = join(dirname(fileURLToPath(import.meta.url)), 'pack');

installTools(folder);
const run = spawnSync(process.execPath, [...process.execArgv, join(folder, 'main.ts'), ...process.argv.slice(2)], {
  stdio: 'inherit',
});
if (run.error !== undefined) throw run.error;
process.exitCode = run.status ?? 1;
