import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { codeBlocks, compileProgram, guidePrograms } from '@rocketmq-ts/testkit/guide';

const root = resolve(import.meta.dirname, '../../..');
const docs = join(root, 'docs');
/** Pages whose programs run in tests, and are to be read in both languages. */
const pages = [...readdirSync(join(docs, 'guide')).map((name) => join('guide', name)), 'sender.md'];

function read(page: string): string {
  return readFileSync(join(docs, page), 'utf8');
}

test('the programs of the guide have types for a strict compiler', async (t) => {
  const cache = join(root, 'node_modules', '.cache');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'guide-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const compilerOptions = { composite: false, noEmit: true, rootDir: root };
  const config = { extends: join(root, 'tsconfig.base.json'), compilerOptions, include: ['*.ts'] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  for (const page of pages) {
    const name = page.replace(/^.*\/|\.md$/g, '');
    for (const { source, line } of guidePrograms(read(page)))
      writeFileSync(join(folder, `${name}-line-${line}.ts`), source);
  }
  const output = await new Promise<string>((done) => {
    execFile(join(root, 'node_modules', '.bin', 'tsc'), ['-p', folder], (_, stdout, stderr) => done(stdout + stderr));
  });
  assert.equal(output, '');
});

test('the Chinese pages have the programs, tables, headings and links of the English ones', () => {
  for (const page of pages) {
    const [english, chinese] = [read(page), read(join('zh', page))];
    const texts = (text: string): readonly string[] =>
      codeBlocks(text).map((block) => `${block.language}\n${block.text}`);
    assert.deepEqual(texts(chinese), texts(english), `code of ${page}`);
    const shape = (text: string): readonly string[] => {
      const prose = text.replace(/^```[\s\S]*?^```$/gm, '');
      return [...prose.matchAll(/^(#+ |\|)/gm)].map(([, mark]) => mark!);
    };
    assert.deepEqual(shape(chinese), shape(english), `headings and tables of ${page}`);
  }
});

test('links of the guide lead to files that are there, in both languages', () => {
  for (const page of [...pages, ...pages.map((each) => join('zh', each))]) {
    for (const [, target] of read(page).matchAll(/\]\(([^):#]+)(?:#[^)]*)?\)/g))
      readFileSync(join(docs, page, '..', target!));
  }
});

/** Names in backquotes of the last column of tables for those who come from another client. */
function ourNames(page: string): ReadonlySet<string> {
  const rows = page.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| ---'));
  const words = rows.flatMap((row) => [...row.split(' | ')[1]!.matchAll(/`([^`]+)`/g)].map(([, code]) => code!));
  // `producer.send(message)` names send, `{ timeoutMs }` names timeoutMs.
  return new Set(words.flatMap((code) => code.replace(/'[^']*'/g, '').match(/[A-Za-z]\w+/g) ?? []));
}

/** Words of JavaScript, and variables, that stand beside names in the tables. */
const PLAIN_WORDS: ReadonlySet<string> = new Set(
  (
    'await for of const new using import from true false async message messages producer consumer queue queues context ' +
    'process once SIGTERM catch error sender outbox admin length'
  ).split(' '),
);

for (const page of pages.filter((each) => each.startsWith('guide/from-'))) {
  test(`every name of ours that docs/${page} gives is in the API reference`, () => {
    const reference = ['client', 'admin', 'sender'].map((name) => read(`api/${name}.md`)).join('\n');
    const known = new Set(reference.match(/[A-Za-z]\w+/g));
    const names = ourNames(read(page));
    assert.ok(names.size > 20);
    assert.deepEqual(
      [...names].filter((name) => !known.has(name) && !PLAIN_WORDS.has(name)),
      [],
    );
  });
}

test('every name in the API reference has a sentence', () => {
  for (const name of ['admin', 'client', 'nestjs', 'opentelemetry', 'sender', 'testing']) {
    const bare = [...read(`api/${name}.md`).matchAll(/^### (.+)\n\n```ts$/gm)].map(([, entry]) => entry);
    assert.deepEqual(bare, [], `docs/api/${name}.md`);
  }
});

test('a page gives its programs with what they print, and a program runs on what it imports', async () => {
  const page = [
    '```ts',
    "import { a as b } from 'x';",
    'log(b as number);',
    '```',
    'and',
    '```ts',
    'log(2);',
    '```',
    '```text',
    '1',
    '2',
    '```',
    '',
  ].join('\n');
  const programs = guidePrograms(page);
  assert.deepEqual(
    programs.map(({ line, prints }) => ({ line, prints })),
    [
      { line: 1, prints: undefined },
      { line: 6, prints: '1\n2\n' },
    ],
  );
  const logged: unknown[] = [];
  const globals = { log: (value: unknown) => logged.push(value) };
  await compileProgram(programs[0]!.source, { x: { a: 1 } }, globals)();
  assert.deepEqual(logged, [1]);
  await assert.rejects(compileProgram(programs[0]!.source, { x: {} }, globals)(), /imports a, which x does not export/);
  await assert.rejects(compileProgram(programs[0]!.source, {}, globals)(), /imports x, which is not there/);
});
