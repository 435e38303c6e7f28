import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'rollup';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
/** What the compiler makes of the client and the rooms below it: <room>/src/….js and .d.ts. */
const compiled = join(root, 'node_modules', '.cache', 'client-package');
export const compiledClient = join(compiled, 'client', 'src', 'index');

/** Compiles the client and the rooms below it for the oldest Node.js that the package supports. Throws on type errors. */
export function compileClient(): void {
  rmSync(compiled, { recursive: true, force: true });
  const compiler = join(root, 'node_modules', '.bin', 'tsc');
  const run = spawnSync(compiler, ['-p', join(root, 'scripts', 'pack', 'tsconfig.compile.json')], { stdio: 'inherit' });
  if (run.error !== undefined) throw run.error;
  if (run.status !== 0) throw new Error('the client was not compiled');
}

/** Leads imports of rooms to what was compiled of them, and `.ts` in declarations to the declarations. */
export function compiledRooms(extension: '.js' | '.d.ts'): Plugin {
  return {
    name: 'compiled-rooms',
    resolveId(id, importer) {
      const room = /^@rocketmq-ts\/(\w+)$/.exec(id)?.[1];
      if (room !== undefined) return join(compiled, room, 'src', `index${extension}`);
      if (importer === undefined || !/^\.\.?\//.test(id)) return null;
      return join(dirname(importer), id.replace(/\.[jt]s$/, extension));
    },
  };
}
