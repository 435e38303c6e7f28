import { stripTypeScriptTypes } from 'node:module';

/** A program of a page: a block of TypeScript. */
export interface GuideProgram {
  readonly source: string;
  /** Its line in the page, from 1 on. */
  readonly line: number;
  /**
   * What it and the programs before it print, since the last such text: the block of `text` that follows it. Undefined where
   * the next block is another program, or there is none.
   */
  readonly prints: string | undefined;
}

/** One fenced block of a page. */
export interface CodeBlock {
  readonly language: string;
  readonly text: string;
  readonly line: number;
}

/** All fenced blocks of a page, in order. */
export function codeBlocks(page: string): readonly CodeBlock[] {
  return [...page.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map((found) => ({
    language: found[1]!,
    text: found[2]!,
    line: page.slice(0, found.index).split('\n').length,
  }));
}

/** The programs of a page, in order. */
export function guidePrograms(page: string): readonly GuideProgram[] {
  const blocks = codeBlocks(page).filter(({ language }) => language === 'ts' || language === 'text');
  return blocks.flatMap(({ language, text, line }, index) => {
    if (language !== 'ts') return [];
    const next = blocks[index + 1];
    return [{ source: text, line, prints: next?.language === 'text' ? next.text : undefined }];
  });
}

/** What `import … from` gives, by specifier. */
export type GuideModules = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

const AsyncFunction = (async () => {}).constructor as new (
  ...words: string[]
) => (...given: unknown[]) => Promise<void>;

/**
 * A function that runs a program: types are removed, imports take what `modules` has, and `globals` hide those of Node.js. It throws
 * when the program imports what is not there.
 */
export function compileProgram(
  source: string,
  modules: GuideModules,
  globals: Readonly<Record<string, unknown>>,
): () => Promise<void> {
  const code = stripTypeScriptTypes(source).replace(
    /^import \{([^}]*)\} from '([^']+)';$/gm,
    (_, names: string, from: string) =>
      `const {${names.replaceAll(' as ', ': ')}} = imported(${JSON.stringify(from)});`,
  );
  const imported = (from: string): unknown => {
    const module = modules[from];
    if (module === undefined) throw new Error(`A program imports ${from}, which is not there.`);
    return new Proxy(module, {
      get(target, name) {
        if (typeof name === 'string' && name in target) return target[name];
        throw new Error(`A program imports ${String(name)}, which ${from} does not export.`);
      },
    });
  };
  const run = new AsyncFunction('imported', ...Object.keys(globals), code);
  return () => run(imported, ...Object.values(globals));
}
