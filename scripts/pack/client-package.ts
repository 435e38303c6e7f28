import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
import { compileClient, compiledClient, compiledRooms, root } from './compile.ts';
import { publishedManifest } from './manifest.ts';

const fzstd = join(root, 'scripts', 'pack', 'node_modules', 'fzstd');
export const clientDist = join(root, 'packages', 'client', 'dist');

/**
 * Makes packages/client/dist: the client and all that it needs of the other rooms as one package, for `import` and
 * `require`, with its types in one file.
 */
export async function buildClientPackage(): Promise<void> {
  compileClient();
  rmSync(clientDist, { recursive: true, force: true });
  mkdirSync(clientDist, { recursive: true });
  const names = await bundleCode();
  await bundleTypes();
  write('index.mjs', `export { ${names.join(', ')} } from './index.js';\n`);
  write('index.d.mts', "export * from './index.js';\n");
  write('package.json', `${JSON.stringify(publishedManifest(), null, 2)}\n`);
  copyFileSync(join(root, 'packages', 'client', 'README.md'), join(clientDist, 'README.md'));
  copyFileSync(join(root, 'LICENSE'), join(clientDist, 'LICENSE'));
  write('NOTICE', `${readFileSync(join(root, 'NOTICE'), 'utf8')}\n${noticeOfZstd()}`);
}

/** Resolves to the names that the package exports. */
async function bundleCode(): Promise<string[]> {
  const bundle = await rollup({
    input: `${compiledClient}.js`,
    external: /^node:/,
    plugins: [zstdForOldNode(), compiledRooms('.js'), withoutComments()],
    treeshake: { moduleSideEffects: false },
    onwarn: (warning) => {
      throw new Error(warning.message);
    },
  });
  const { output } = await bundle.write({
    file: join(clientDist, 'index.js'),
    format: 'cjs',
    exports: 'named',
    generatedCode: 'es2015',
    interop: 'default',
  });
  // Bundlers take ES modules only into a file of ES modules. No one reads that one; names of
  // classes stay, since errors show them.
  const modules = await bundle.generate({ format: 'es' });
  const { code } = await transform(modules.output[0].code, { format: 'esm', minify: true, keepNames: true });
  write('bundler.mjs', code);
  return output[0].exports;
}

async function bundleTypes(): Promise<void> {
  const bundle = await rollup({
    input: `${compiledClient}.d.ts`,
    external: /^node:/,
    plugins: [compiledRooms('.d.ts'), dts()],
  });
  await bundle.write({
    file: join(clientDist, 'index.d.ts'),
    format: 'es',
    // Buffer, and AsyncDisposable for programs that ask for an older lib.
    banner: '/// <reference types="node" />\n/// <reference lib="esnext.disposable" />',
  });
}

/** Puts `zstd.ts` beside this file in the place of protocol's. */
function zstdForOldNode(): Plugin {
  return {
    name: 'zstd-for-old-node',
    resolveId(id) {
      if (id.endsWith('/zstd.js')) return join(root, 'scripts', 'pack', 'zstd.ts');
      return id === 'fzstd' ? join(fzstd, 'esm', 'index.mjs') : null;
    },
  };
}

/** Comments are in the types; the code stays small and readable. */
function withoutComments(): Plugin {
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

function noticeOfZstd(): string {
  const license = readFileSync(join(fzstd, 'LICENSE'), 'utf8');
  return `This package contains fzstd (ZSTD decompression for Node.js before 22.15), under this license:\n\n${license}`;
}

function write(file: string, content: string): void {
  writeFileSync(join(clientDist, file), content);
}
