import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../compile.ts';

const consumers = join(root, 'scripts', 'pack', 'check', 'consumers', 'node_modules');

/** The Node.js versions that the README names, the oldest of them first. */
export function nodeVersions(): { readonly name: string; readonly path: string }[] {
  const packed = ['node-20.0', 'node-20', 'node-22', 'node-26'].map((name) => ({
    name,
    path: join(consumers, name, 'bin', 'node'),
  }));
  // They are packed for Linux on x64; elsewhere the check has the one Node.js that runs it.
  return [
    ...packed.filter(({ path }) => existsSync(path)),
    { name: `node ${process.version}`, path: process.execPath },
  ];
}

/** Those on which a package with this range of engines (`>=22.13`) runs. */
export function nodeVersionsFrom(engines: string): { readonly name: string; readonly path: string }[] {
  const oldest = Number(/\d+/.exec(engines)![0]);
  return nodeVersions().filter(({ name }) => Number(/\d+/.exec(name)![0]) >= oldest);
}

interface Compiler {
  readonly name: string;
  /** A script for `process.execPath`. */
  readonly path: string;
  /** Types of Node.js that this compiler can read; undefined: those that the client brings. */
  readonly nodeTypes?: string;
  /** `--module`, `--moduleResolution`. */
  readonly modes: readonly (readonly [module: string, resolution: string])[];
}

const modes = [
  ['nodenext', 'nodenext'],
  ['node16', 'node16'],
  ['esnext', 'bundler'],
] as const;

export const compilers: readonly Compiler[] = [
  { name: 'TypeScript 7', path: join(root, 'node_modules', 'typescript', 'lib', 'tsc.js'), modes },
  {
    name: 'TypeScript 5.9',
    path: join(root, 'scripts', 'pack', 'node_modules', 'typescript', 'bin', 'tsc'),
    modes: [...modes, ['commonjs', 'node10']],
  },
  {
    name: 'TypeScript 5.2',
    path: join(consumers, 'typescript-5.2', 'bin', 'tsc'),
    nodeTypes: '20.10.0',
    modes: [...modes, ['commonjs', 'node10']],
  },
];

export const esbuild: string = join(consumers, 'esbuild', 'bin', 'esbuild');
export const tsx: string = join(consumers, 'tsx', 'dist', 'cli.mjs');
export const jest: string = join(consumers, 'jest', 'bin', 'jest.js');
export const vitest: string = join(consumers, 'vitest', 'vitest.mjs');

/** Bun is packed for Linux on x64 alone; undefined elsewhere. */
export function bun(): string | undefined {
  const path = join(consumers, '@oven', 'bun-linux-x64', 'bin', 'bun');
  return existsSync(path) ? path : undefined;
}
