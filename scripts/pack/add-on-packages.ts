import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Plugin, rollup } from 'rollup';
import { dts } from 'rollup-plugin-dts';
import { root } from './compile.ts';

/** Packages that stand beside the client's: they need it, and the libraries that they connect it with are their peers. */
export const addOns = ['nestjs', 'opentelemetry'] as const;
type AddOn = (typeof addOns)[number];

/** Files of such a package, beside its manifest. */
export const ADD_ON_FILES = ['index.js', 'index.cjs', 'index.d.ts', 'index.d.cts', 'README.md', 'LICENSE', 'NOTICE'];

const compiled = join(root, 'node_modules', '.cache', 'add-on-packages');

interface AddOnManifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
}

export function addOnDist(addOn: AddOn): string {
  return join(root, 'packages', addOn, 'dist');
}

/** Makes packages/<add-on>/dist of each: one file for `import`, one for `require`, with types. */
export async function buildAddOnPackages(): Promise<void> {
  rmSync(compiled, { recursive: true, force: true });
  const compiler = join(root, 'node_modules', '.bin', 'tsc');
  const run = spawnSync(compiler, ['-p', join(root, 'scripts', 'pack', 'tsconfig.add-ons.json')], { stdio: 'inherit' });
  if (run.error !== undefined) throw run.error;
  if (run.status !== 0) throw new Error('the add-on packages were not compiled');
  for (const addOn of addOns) await buildOne(addOn);
}

async function buildOne(addOn: AddOn): Promise<void> {
  const folder = addOnDist(addOn);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const entry = join(compiled, addOn, 'src', 'index');
  const code = await rollup({ input: `${entry}.js`, external: isPackage, plugins: [ownFiles('.js')] });
  await code.write({ file: join(folder, 'index.js'), format: 'es' });
  await code.write({ file: join(folder, 'index.cjs'), format: 'cjs', exports: 'named', interop: 'auto' });
  const types = await rollup({ input: `${entry}.d.ts`, external: isPackage, plugins: [ownFiles('.d.ts'), dts()] });
  await types.write({ file: join(folder, 'index.d.ts'), format: 'es' });
  copyFileSync(join(folder, 'index.d.ts'), join(folder, 'index.d.cts'));
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(publishedManifest(addOn), null, 2)}\n`);
  copyFileSync(join(root, 'packages', addOn, 'README.md'), join(folder, 'README.md'));
  for (const file of ['LICENSE', 'NOTICE']) copyFileSync(join(root, file), join(folder, file));
}

/** The client, peers and Node.js stay outside. */
function isPackage(id: string): boolean {
  return !id.startsWith('.') && !id.startsWith('/');
}

/** Leads imports between the compiled files to each other. */
function ownFiles(extension: '.js' | '.d.ts'): Plugin {
  return {
    name: 'own-files',
    resolveId(id, importer) {
      if (importer === undefined || !/^\.\.?\//.test(id)) return null;
      return join(dirname(importer), id.replace(/\.[jt]s$/, extension));
    },
  };
}

function publishedManifest(addOn: AddOn): Record<string, unknown> {
  const manifest = JSON.parse(readFileSync(join(root, 'packages', addOn, 'package.json'), 'utf8')) as AddOnManifest;
  const { name, version, description, license, dependencies, peerDependencies } = manifest;
  return {
    name,
    version,
    description,
    license,
    keywords: ['rocketmq', 'apache-rocketmq', 'messaging', addOn],
    type: 'module',
    engines: { node: '>=20' },
    main: './index.cjs',
    types: './index.d.ts',
    exports: {
      '.': {
        import: { types: './index.d.ts', default: './index.js' },
        require: { types: './index.d.cts', default: './index.cjs' },
      },
      './package.json': './package.json',
    },
    files: ADD_ON_FILES,
    sideEffects: false,
    dependencies,
    peerDependencies,
  };
}
