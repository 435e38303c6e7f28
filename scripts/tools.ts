import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Installs what a folder's own lock file names, unless that was done since the lock file changed. Tools that most of us
 * never need are locked in folders of their own, so that `npm ci` in the checkout stays small.
 */
export function installTools(folder: string): void {
  const changedMs = (file: string): number => statSync(join(folder, file), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (changedMs('node_modules/.package-lock.json') >= changedMs('package-lock.json')) return;
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const run = spawnSync('npm', args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  if (run.error !== undefined) throw run.error;
  if (run.status !== 0) throw new Error(`npm ci failed in ${folder}`);
}
