import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './compile.ts';

/** The oldest Node.js that the client runs on; the check installs exactly it, and newer ones. */
const CLIENT_ENGINES = '>=20';

interface RoomManifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
}

/** Files of the package, beside its manifest. */
export const PACKAGE_FILES = [
  'index.js',
  'index.mjs',
  'bundler.mjs',
  'index.d.ts',
  'index.d.mts',
  'README.md',
  'LICENSE',
  'NOTICE',
];

/**
 * The manifest that is published: `require` gets the code, `import` a module that hands on the same classes, so that a
 * program that uses both ways has each class once; bundlers, which know the condition `module`, get ES modules for both.
 * `folder` is where the files are, seen from the manifest.
 */
export function publishedManifest(folder: '.' | './dist' = '.'): Record<string, unknown> {
  const { name, version, description, license } = JSON.parse(
    readFileSync(join(root, 'packages', 'client', 'package.json'), 'utf8'),
  ) as RoomManifest;
  return {
    name,
    version,
    description,
    license,
    keywords: ['rocketmq', 'apache-rocketmq', 'message-queue', 'messaging', 'producer', 'consumer', 'client'],
    engines: { node: CLIENT_ENGINES },
    main: `${folder}/index.js`,
    types: `${folder}/index.d.ts`,
    exports: {
      '.': {
        module: { types: `${folder}/index.d.mts`, default: `${folder}/bundler.mjs` },
        import: { types: `${folder}/index.d.mts`, default: `${folder}/index.mjs` },
        require: { types: `${folder}/index.d.ts`, default: `${folder}/index.js` },
      },
      './package.json': './package.json',
    },
    files: PACKAGE_FILES.map((file) => (folder === '.' ? file : `dist/${file}`)),
    sideEffects: false,
    // Signatures name Buffer. At run time nothing is needed: `npm i --omit=optional` installs this package alone.
    optionalDependencies: { '@types/node': CLIENT_ENGINES },
  };
}
