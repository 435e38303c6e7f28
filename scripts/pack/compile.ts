import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'rollup';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
/** What the compiler makes of the published rooms and those below them: <room>/src/….js and .d.ts. */
const compiled = join(root, 'node_modules', '.cache', 'packages');

/** The door of a room, compiled; without `.js` or `.d.ts`. */
export function compiledDoor(room: string): string {
  return join(compiled, room, 'src', 'index');
}

/** Compiles the published rooms and those below them for the oldest Node.js that packages support. Throws on type errors. */
export function compilePublished(): void {
  compileRooms('tsconfig.compile.json', compiled);
}

/** Compiles what a project file beside this one names, into an empty folder. Throws on type errors. */
export function compileRooms(project: string, folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  const compiler = join(root, 'node_modules', '.bin', 'tsc');
  const run = spawnSync(compiler, ['-p', join(root, 'scripts', 'pack', project)], { stdio: 'inherit' });
  if (run.error !== undefined) throw run.error;
  if (run.status !== 0) throw new Error(`${project} was not compiled`);
}

/** Leads imports of rooms to what was compiled of them into a folder, and `.ts` in declarations to the declarations. */
export function compiledRooms(extension: '.js' | '.d.ts', folder: string = compiled): Plugin {
  return {
    name: 'compiled-rooms',
    resolveId(id, importer) {
      const room = /^@rocketmq-ts\/(\w+)$/.exec(id)?.[1];
      if (room !== undefined) return join(folder, room, 'src', `index${extension}`);
      if (importer === undefined || !/^\.\.?\//.test(id)) return null;
      return join(dirname(importer), id.replace(/\.[jt]s$/, extension));
    },
  };
}
