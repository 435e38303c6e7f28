import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installTools } from './tools.ts';

/** `npm run pack-check`: installs what the check needs, then `pack/check/main.ts`, which says what it does. */
const folder = join(dirname(fileURLToPath(import.meta.url)), 'pack');

installTools(folder);
installTools(join(folder, 'check', 'consumers'));
const run = spawnSync(process.execPath, [...process.execArgv, join(folder, 'check', 'main.ts')], { stdio: 'inherit' });
if (run.error !== undefined) throw run.error;
process.exitCode = run.status ?? 1;
