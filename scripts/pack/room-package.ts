import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { transform } from 'esbuild';
import { type Plugin, rollup } from 'rollup';
import { dts } from 'rollup-plugin-dts';
import {
  createSourceFile,
  forEachChild,
  isNoSubstitutionTemplateLiteral,
  isTemplateHead,
  isTemplateMiddleOrTemplateTail,
  ModuleKind,
  type Node,
  ScriptTarget,
  transpileModule,
} from 'typescript';
import { compiledDoor, compiledRooms, root } from './compile.ts';
import { publishedManifest } from './manifest.ts';
import { distOf, isOutside, type PublishedRoom } from './packages.ts';

const fzstd = join(root, 'scripts', 'pack', 'node_modules', 'fzstd');

/**
 * Makes packages/<room>/dist: the room and all that it needs of the other rooms as one package, for `import` and
 * `require`, with its types in one file. The rooms are compiled before.
 */
export async function buildPackage(published: PublishedRoom): Promise<void> {
  const { room, commands = {} } = published;
  const dist = distOf(room);
  const write = (file: string, content: string): void => writeFileSync(join(dist, file), content);
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(dist, { recursive: true });
  const { names, hasZstd } = await bundleCode(published, dist);
  await bundleTypes(published, dist);
  write('index.mjs', `export { ${names.join(', ')} } from './index.js';\n`);
  write('index.d.mts', "export * from './index.js';\n");
  write('package.json', `${JSON.stringify(publishedManifest(published), null, 2)}\n`);
  for (const file of ['README.md', 'CHANGELOG.md']) {
    const page = readFileSync(join(root, 'packages', room, file), 'utf8');
    // What is linked is in the repository, and not in the package.
    write(file, page.replace(/\[([^\]]+)\]\(\.\.?\/[^)]*\)/g, '$1'));
  }
  copyFileSync(join(root, 'LICENSE'), join(dist, 'LICENSE'));
  const notice = readFileSync(join(root, 'NOTICE'), 'utf8');
  write('NOTICE', hasZstd ? `${notice}\n${noticeOfZstd()}` : notice);
  for (const file of Object.values(commands)) {
    copyFileSync(join(root, 'scripts', 'pack', 'commands', file), join(dist, file));
    chmodSync(join(dist, file), 0o755);
  }
}

/** Resolves to the names that the package exports, and whether it brings the script for ZSTD. */
async function bundleCode(
  published: PublishedRoom,
  dist: string,
): Promise<{ readonly names: string[]; readonly hasZstd: boolean }> {
  const bundle = await rollup({
    input: `${compiledDoor(published.room)}.js`,
    external: (id) => isOutside(published, id),
    plugins: [errorsOfNeighbours(published), zstdForOldNode(), compiledRooms('.js'), withoutComments()],
    treeshake: { moduleSideEffects: false },
    onwarn: (warning) => {
      // The compiler's help for `await using` asks for `this`, in case that it is there.
      if (warning.code !== 'THIS_IS_UNDEFINED') throw new Error(warning.message);
    },
  });
  const { output } = await bundle.write({
    file: join(dist, 'index.js'),
    format: 'cjs',
    exports: 'named',
    generatedCode: 'es2015',
    interop: 'default',
    inlineDynamicImports: true,
  });
  // Bundlers take ES modules only into a file of ES modules. No one reads that one; names of
  // classes stay, since errors show them.
  const modules = await bundle.generate({ format: 'es', inlineDynamicImports: true });
  const { code } = await transform(modules.output[0].code, { format: 'esm', minify: true, keepNames: true });
  const small = await transform(withoutFunctionNames(code), { format: 'esm', minify: true });
  writeFileSync(join(dist, 'bundler.mjs'), small.code);
  const used = Object.entries(output[0].modules).filter(([, { renderedLength }]) => renderedLength > 0);
  return { names: output[0].exports, hasZstd: used.some(([file]) => file.startsWith(fzstd)) };
}

/** Takes the names of functions out, whose calls are all that is before a lower-case name; they are in stacks only. */
function withoutFunctionNames(code: string): string {
  const helper = /(?:var |,)([\w$]+)=\(([\w$]+),([\w$]+)\)=>[\w$]+\(\2,"name",\{value:\3,configurable:!0\}\)/.exec(
    code,
  )?.[1];
  if (helper === undefined) throw new Error('esbuild keeps names in another form now');
  const call = new RegExp(`(?<![\\w$.])${helper.replaceAll('$', '\\$')}\\([\\w$]+,"[a-z][\\w$]*"\\)`, 'g');
  return code.replace(call, '0');
}

async function bundleTypes(published: PublishedRoom, dist: string): Promise<void> {
  const bundle = await rollup({
    input: `${compiledDoor(published.room)}.d.ts`,
    external: (id) => isOutside(published, id),
    plugins: [errorsOfNeighbours(published), compiledRooms('.d.ts'), dts(), twoBlanks()],
  });
  await bundle.write({
    file: join(dist, 'index.d.ts'),
    format: 'es',
    // Buffer, and AsyncDisposable for programs that ask for an older lib.
    banner: '/// <reference types="node" />\n/// <reference lib="esnext.disposable" />',
  });
}

/** The bundler of types indents by four blanks. */
function twoBlanks(): Plugin {
  return {
    name: 'two-blanks',
    renderChunk: (code) => ({
      code: code.replace(/^(?: {4})+/gm, (blanks) => ' '.repeat(blanks.length / 2)),
      map: null,
    }),
  };
}

/** The errors of a room extend the class that the client shows, so that `instanceof CodedError` holds for both. */
function errorsOfNeighbours({ room, neighbours }: PublishedRoom): Plugin {
  return {
    name: 'errors-of-neighbours',
    resolveId(id, importer) {
      const isErrors =
        id === '@rocketmq-ts/kernel' && importer?.replace(/\.[^/]*$/, '').endsWith(`/${room}/src/errors`);
      return isErrors === true && neighbours.includes('client') ? { id: '@rocketmq-ts/client', external: true } : null;
    },
  };
}

/** Puts `zstd.ts` beside this file in the place of protocol's. */
export function zstdForOldNode(): Plugin {
  return {
    name: 'zstd-for-old-node',
    resolveId(id) {
      if (id.endsWith('/zstd.js')) return join(root, 'scripts', 'pack', 'zstd.ts');
      return id === 'fzstd' ? join(fzstd, 'esm', 'index.mjs') : null;
    },
  };
}

/** Comments are in the types; the code stays small and readable. */
export function withoutComments(): Plugin {
  const compilerOptions = { removeComments: true, target: ScriptTarget.ES2022, module: ModuleKind.ESNext };
  return {
    name: 'without-comments',
    transform: (code) => ({ code: narrowIndented(transpileModule(code, { compilerOptions }).outputText), map: null }),
  };
}

/** The compiler indents by four blanks, which are a sixth of the code; a text of several lines keeps its own. */
function narrowIndented(code: string): string {
  let hasLongText = false;
  const visit = (node: Node): void => {
    hasLongText ||= isTemplateText(node) && node.getText().includes('\n');
    forEachChild(node, visit);
  };
  visit(createSourceFile('module.js', code, ScriptTarget.ES2022, true));
  return hasLongText ? code : code.replace(/^(?: {4})+/gm, (blanks) => ' '.repeat(blanks.length / 4));
}

function isTemplateText(node: Node): boolean {
  return isNoSubstitutionTemplateLiteral(node) || isTemplateHead(node) || isTemplateMiddleOrTemplateTail(node);
}

/** What the license of fzstd asks for. */
export function noticeOfZstd(): string {
  const license = readFileSync(join(fzstd, 'LICENSE'), 'utf8');
  return `This package contains fzstd (ZSTD decompression for Node.js before 22.15), under this license:\n\n${license}`;
}
