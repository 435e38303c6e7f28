import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './compile.ts';
import { type PublishedRoom, publishedDependencies, roomManifest } from './packages.ts';

/** Files of every package, beside its manifest and its commands. */
const COMMON_FILES = [
  'index.js',
  'index.mjs',
  'bundler.mjs',
  'index.d.ts',
  'index.d.mts',
  'README.md',
  'CHANGELOG.md',
  'LICENSE',
  'NOTICE',
];

/** Files of a package, beside its manifest. */
export function packageFiles({ commands = {} }: PublishedRoom): readonly string[] {
  return [...COMMON_FILES, ...Object.values(commands)];
}

/**
 * The manifest that is published: `require` gets the code, `import` a module that hands on the same classes, so that a
 * program that uses both ways has each class once; bundlers, which know the condition `module`, get ES modules for both.
 * `folder` is where the files are, seen from the manifest.
 */
export function publishedManifest(published: PublishedRoom, folder: '.' | './dist' = '.'): Record<string, unknown> {
  const { engines, keywords, room, commands, bringsNodeTypes = false } = published;
  const { name, version, description, license, peerDependencies, peerDependenciesMeta } = roomManifest(room);
  const dependencies = publishedDependencies(published);
  const { repository } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { repository?: object };
  return {
    name,
    version,
    description,
    license,
    keywords,
    ...(repository === undefined ? {} : { repository: { ...repository, directory: `packages/${room}` } }),
    engines: { node: engines },
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
    ...(commands === undefined
      ? {}
      : { bin: mapValues(commands, (file) => `${folder.slice(2)}/${file}`.replace(/^\//, '')) }),
    files: packageFiles(published).map((file) => (folder === '.' ? file : `dist/${file}`)),
    sideEffects: false,
    publishConfig: { access: 'public', provenance: true },
    ...(Object.keys(dependencies).length === 0 ? {} : { dependencies }),
    ...(peerDependencies === undefined ? {} : { peerDependencies, peerDependenciesMeta }),
    // Signatures name Buffer. At run time nothing is needed: `npm i --omit=optional` installs this package alone.
    ...(bringsNodeTypes ? { optionalDependencies: { '@types/node': engines } } : {}),
  };
}

function mapValues<V>(record: Readonly<Record<string, V>>, change: (value: V) => V): Record<string, V> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
