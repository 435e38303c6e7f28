import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type BuiltProgram, builtPrograms, manifestFile, PROGRAMS } from '@rocketmq-ts/launcher';
import type { OutputChunk, Plugin } from 'rolldown';

const { root, folder } = builtPrograms;

/** Libraries that few starts need, some of which look for files beside them: they stay where they are installed. */
const APART = [
  'etcd3',
  'yaml',
  'pino',
  'light-my-request',
  '@fastify/ajv-compiler',
  '@fastify/fast-json-stringify-compiler',
];

/** Code of earlier builds that is kept: processes that run may still load parts of it. */
const KEPT_BUILDS = 2;

/**
 * Puts the programs together from their sources, as few files without types and comments; see `runProgram`. Gives false, with the
 * reason on standard error, when that failed, and where the tools are not installed (`npm ci --omit=dev`): the sources run then.
 */
export async function buildPrograms(): Promise<boolean> {
  let rolldown: typeof import('rolldown').rolldown;
  try {
    ({ rolldown } = await import('rolldown'));
  } catch {
    return false;
  }
  try {
    const sources = join(root, 'packages/launcher/src/programs');
    const input = Object.fromEntries(PROGRAMS.map((name) => [name, join(sources, `${name}.ts`)]));
    const bundle = await rolldown({ input, platform: 'node', external: APART, plugins: [places], logLevel: 'warn' });
    const { output } = await bundle.generate({ format: 'esm', comments: false });
    await bundle.close();
    keep(output.filter((each) => each.type === 'chunk'));
    return true;
  } catch (error) {
    console.error(`the programs could not be built, so that they run from their sources: ${error}`);
    return false;
  }
}

/** Code that asks where it lies gets the place of its source. */
const places: Plugin = {
  name: 'places',
  transform: (code, id) =>
    code.includes('import.meta.')
      ? code
          .replaceAll('import.meta.dirname', JSON.stringify(dirname(id)))
          .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(id).href))
      : undefined,
};

function keep(chunks: readonly OutputChunk[]): void {
  const build = `${Date.now()}-${process.pid}`;
  const own = join(folder, build);
  mkdirSync(own, { recursive: true });
  for (const { fileName, code } of chunks) writeFileSync(join(own, fileName), ascii(code));
  writeFileSync(join(own, 'package.json'), '{"type":"module"}\n');
  for (const name of PROGRAMS) {
    const entry = chunks.find((chunk) => chunk.isEntry && chunk.name === name);
    if (entry === undefined) throw new Error(`${name} is missing`);
    const built: BuiltProgram = { root, file: join(build, entry.fileName), inputs: inputsOf(entry, chunks) };
    const file = manifestFile(builtPrograms, name);
    writeFileSync(`${file}.${build}`, JSON.stringify(built));
    renameSync(`${file}.${build}`, file);
  }
  const builds = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const earlier = builds.map(({ name }) => name).sort((a, b) => Number.parseInt(b, 10) - Number.parseInt(a, 10));
  for (const name of earlier.slice(1 + KEPT_BUILDS)) rmSync(join(folder, name), { recursive: true, force: true });
}

/** V8 keeps a text with one other character in twice the memory. */
const ascii = (code: string): string =>
  code.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Files that a chunk and all that it may load were made from. */
function inputsOf(entry: OutputChunk, chunks: readonly OutputChunk[]): BuiltProgram['inputs'] {
  const byName = new Map(chunks.map((chunk) => [chunk.fileName, chunk]));
  const names = new Set([entry.fileName]);
  const files = new Set<string>();
  for (const name of names) {
    const { imports = [], dynamicImports = [], moduleIds = [] } = byName.get(name) ?? {};
    for (const other of [...imports, ...dynamicImports]) names.add(other);
    for (const id of moduleIds) if (id.startsWith(root + sep)) files.add(id);
  }
  return Array.from(files, (file) => {
    const { size, mtimeMs } = statSync(file);
    return [relative(root, file), size, mtimeMs] as const;
  });
}
