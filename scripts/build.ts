import { spawnSync } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * `npm run build`: compiles every room to packages/<room>/dist, each a package that npm can publish. The checkout itself
 * runs from its sources and needs no build.
 */
const root = join(dirname(fileURLToPath(import.meta.url)), '..');

interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, string>>;
  readonly [member: string]: unknown;
}

const rooms = readdirSync(join(root, 'packages'));
for (const room of rooms) rmSync(join(root, 'packages', room, 'dist'), { recursive: true, force: true });
const compiler = join(root, 'node_modules', '.bin', 'tsc');
const compiled = spawnSync(compiler, ['-b', '--force', ...rooms.map((room) => join('packages', room))], {
  cwd: root,
  stdio: 'inherit',
});
if (compiled.status !== 0) process.exit(compiled.status ?? 1);
for (const room of rooms) publishable(room);
console.log(`Built ${rooms.length} packages into packages/*/dist`);

/** The package's own manifest, its doors pointing at what was compiled. */
function publishable(room: string): void {
  const folder = join(root, 'packages', room);
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
  const doors = Object.entries(manifest.exports).map(([door, source]) => {
    const base = source.replace(/^\.\/src\//, './').replace(/\.ts$/, '');
    return [door, { types: `${base}.d.ts`, default: `${base}.js` }];
  });
  const published = { ...manifest, exports: Object.fromEntries(doors) as unknown, engines: { node: '>=22.18' } };
  writeFileSync(join(folder, 'dist', 'package.json'), `${JSON.stringify(published, null, 2)}\n`);
  copyFileSync(join(root, 'LICENSE'), join(folder, 'dist', 'LICENSE'));
}
