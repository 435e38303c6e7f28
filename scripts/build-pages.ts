import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const vite = join(root, 'node_modules/vite/bin/vite.js');

/**
 * Builds the pages of the web console into packages/dashboard/web/dist. Gives false, with the reason on standard error, when that
 * failed or the tools are not installed (`npm ci --omit=dev`): the console then answers its API and says that its pages are missing.
 */
export function buildPages(): boolean {
  if (!existsSync(vite)) return false;
  const args = [...process.execArgv, vite, 'build', join(root, 'packages/dashboard/web'), '--logLevel', 'warn'];
  const run = spawnSync(process.execPath, args, { stdio: 'inherit', timeout: 300_000 });
  if (run.status !== 0)
    console.error(`the pages of the console could not be built: ${run.error?.message ?? `exit code ${run.status}`}`);
  return run.status === 0;
}
