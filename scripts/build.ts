import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildPages } from './build-pages.ts';
import { buildPrograms } from './build-programs.ts';
import { installTools } from './tools.ts';

/**
 * `npm run build`: makes the packages that others install, packages/client/dist among them, the programs as few files each, and the
 * pages of the console. All else of the checkout runs from its sources and needs no build, and so do programs whose sources have
 * changed.
 */
const folder = join(dirname(fileURLToPath(import.meta.url)), 'pack');

installTools(folder);
const run = spawnSync(process.execPath, [...process.execArgv, join(folder, 'main.ts'), ...process.argv.slice(2)], {
  stdio: 'inherit',
});
if (run.error !== undefined) throw run.error;
process.exitCode = run.status ?? 1;
if (!(await buildPrograms())) process.exitCode = 1;
if (!buildPages()) process.exitCode = 1;
