import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { transform } from 'esbuild';
import { type Plugin, rollup } from 'rollup';
import { dts } from 'rollup-plugin-dts';
import { compiledRooms, compileRooms, root } from './compile.ts';
import { noticeOfZstd, withoutComments, zstdForOldNode } from './room-package.ts';

export const testingDist = join(root, 'packages', 'testing', 'dist');

/** Files of the package, beside its manifest. */
export const TESTING_FILES = [
  'index.js',
  'index.mjs',
  'cli.js',
  'cluster.js',
  'index.d.ts',
  'index.d.mts',
  'README.md',
  'LICENSE',
  'NOTICE',
];

const CLIENT = '@rocketmq-ts/client';
const compiled = join(root, 'node_modules', '.cache', 'testing-package');
const source = join(compiled, 'testing', 'src');

interface RoomManifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
}

/**
 * Makes packages/testing/dist: the test kit with the servers inside as one package, for `import` and `require`, and its command. The
 * client stays a package of its own, so that the kit's producers and consumers are of the classes that the application has.
 */
export async function buildTestingPackage(): Promise<void> {
  compileRooms('tsconfig.testing.json', compiled);
  rmSync(testingDist, { recursive: true, force: true });
  mkdirSync(testingDist, { recursive: true });
  const names = await bundleCode();
  const types = await rollup({
    input: join(source, 'index.d.ts'),
    external: isOutside,
    plugins: [compiledRooms('.d.ts', compiled), dts()],
  });
  await types.write({
    file: join(testingDist, 'index.d.ts'),
    format: 'es',
    banner: '/// <reference types="node" />\n/// <reference lib="esnext.disposable" />',
  });
  write('index.mjs', `export { ${names.join(', ')} } from './index.js';\n`);
  write('index.d.mts', "export * from './index.js';\n");
  write('package.json', `${JSON.stringify(publishedManifest(), null, 2)}\n`);
  copyFileSync(join(root, 'packages', 'testing', 'README.md'), join(testingDist, 'README.md'));
  copyFileSync(join(root, 'LICENSE'), join(testingDist, 'LICENSE'));
  write('NOTICE', `${readFileSync(join(root, 'NOTICE'), 'utf8')}\n${noticeOfZstd()}`);
}

/** Resolves to the names that the package exports. */
async function bundleCode(): Promise<string[]> {
  const bundle = await rollup({
    input: { index: join(source, 'index.js'), cli: join(source, 'cli', 'main.js') },
    external: isOutside,
    plugins: [zstdForOldNode(), compiledRooms('.js', compiled), withoutComments(), small()],
    treeshake: { moduleSideEffects: (id) => id.endsWith('main.js') },
    onwarn: (warning) => {
      throw new Error(warning.message);
    },
  });
  const { output } = await bundle.write({
    dir: testingDist,
    format: 'cjs',
    exports: 'named',
    generatedCode: 'es2015',
    interop: 'default',
    chunkFileNames: 'cluster.js',
    banner: (chunk) => (chunk.name === 'cli' ? '#!/usr/bin/env node' : ''),
  });
  const index = output.find((chunk) => chunk.type === 'chunk' && chunk.name === 'index');
  return index?.type === 'chunk' ? index.exports : [];
}

/** The servers are large. Lines stay short, since an error in a test shows one; names of classes and functions stay, too. */
function small(): Plugin {
  return {
    name: 'small',
    async renderChunk(code) {
      const made = await transform(code, { format: 'cjs', minify: true, keepNames: true, lineLimit: 120 });
      return { code: made.code, map: null };
    },
  };
}

function publishedManifest(): Record<string, unknown> {
  const { name, version, description, license } = JSON.parse(
    readFileSync(join(root, 'packages', 'testing', 'package.json'), 'utf8'),
  ) as RoomManifest;
  return {
    name,
    version,
    description,
    license,
    keywords: ['rocketmq', 'apache-rocketmq', 'testing', 'test', 'message-queue', 'broker', 'in-memory'],
    // `zlib.crc32`, with which stores check their files.
    engines: { node: '>=20.15' },
    main: './index.js',
    types: './index.d.ts',
    bin: { 'rocketmq-testing': './cli.js' },
    exports: {
      '.': {
        import: { types: './index.d.mts', default: './index.mjs' },
        require: { types: './index.d.ts', default: './index.js' },
      },
      './package.json': './package.json',
    },
    files: TESTING_FILES,
    dependencies: { [CLIENT]: version },
  };
}

function isOutside(id: string): boolean {
  return id.startsWith('node:') || id === CLIENT;
}

function write(file: string, content: string): void {
  writeFileSync(join(testingDist, file), content);
}
