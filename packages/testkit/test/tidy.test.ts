import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { describe, test } from 'node:test';
import { findDeepImports, findUntidiness, findUnusedExports, namesAtDoor, type RoomSource } from './tidy/check.ts';
import { blankNonCode } from './tidy/code-text.ts';
import { DOORS, ROOMS, ROOMS_WITHOUT_UNUSED_EXPORTS } from './tidy/rooms.ts';

const root = resolve(import.meta.dirname, '../../..');

test('the code base is tidy: imports, doors, circles, dead files, any, time and chance, lengths', () => {
  const rooms = readdirSync(join(root, 'packages')).map(readRoom);
  assert.ok(
    rooms.some((room) => room.files.size > 0),
    'no source was found',
  );
  assert.deepEqual(findUntidiness(rooms, entriesOfCommands()), []);
});

test('tests, benchmarks and scripts reach other rooms by their doors', () => {
  const rooms = readdirSync(join(root, 'packages'));
  const folders = [...rooms.map((name) => `packages/${name}/test`), 'bench', 'chaos', 'compat', 'scripts'];
  const files = new Map(folders.flatMap((folder) => [...readSources(folder)]));
  assert.ok(files.size > 100, 'no tests were found');
  assert.deepEqual(findDeepImports(rooms.map(readRoom), files), []);
});

test('an export has a user besides its own file', () => {
  const rooms = readdirSync(join(root, 'packages'));
  const folders = rooms.flatMap((name) => [`packages/${name}/src`, `packages/${name}/test`]);
  const files = new Map(
    [...folders, 'bench', 'chaos', 'compat', 'scripts'].flatMap((folder) => [...readSources(folder)]),
  );
  assert.deepEqual(findUnusedExports(ROOMS_WITHOUT_UNUSED_EXPORTS, files), []);
});

test('what a room shows the others is a list that nothing is added to in passing', () => {
  for (const [name, listed] of Object.entries(DOORS)) {
    const door = readFileSync(join(root, 'packages', name, 'src/index.ts'), 'utf8');
    assert.deepEqual(namesAtDoor(door).sort(), listed.trim().split(/\s+/).sort(), `the door of ${name}`);
  }
});

test('the table of rooms has no circle', () => {
  const depthOf = (room: string, path: readonly string[]): void => {
    assert.ok(!path.includes(room), `${[...path, room].join(' imports ')}`);
    for (const below of ROOMS[room] ?? []) depthOf(below, [...path, room]);
  };
  for (const room of Object.keys(ROOMS)) if (room !== 'testkit') depthOf(room, []);
});

describe('the checker finds', () => {
  test('an import against the direction of the rooms', () => {
    assertFound(
      { 'packages/kernel/src/index.ts': "import { x } from '@rocketmq-ts/broker';" },
      /kernel may not import broker/,
    );
    assertFound(
      { 'packages/store/src/index.ts': "export * from '@rocketmq-ts/testkit';" },
      /store may not import testkit/,
    );
  });

  test('an import past the door of a room, by name or by path', () => {
    assertFound(
      { 'packages/store/src/index.ts': "import '@rocketmq-ts/kernel/src/clock.ts';" },
      /past the door of kernel/,
    );
    assertFound({ 'packages/store/src/index.ts': "import '../../kernel/src/clock.ts';" }, /reaches into another room/);
  });

  test('the same in tests', () => {
    const deep = new Map([
      ['packages/broker/test/a.ts', "import { x } from '../../store/src/log/x.ts';"],
      ['packages/broker/test/b.ts', "import { x } from '@rocketmq-ts/store/src/log/x.ts';"],
      ['packages/store/test/c.ts', "import { x } from '../src/log/x.ts';"],
    ]);
    const past = (file: string): string => `packages/broker/test/${file}.ts:1: reaches past the door of store`;
    assert.deepEqual(findDeepImports([], deep), [past('a'), past('b')]);
  });

  test('an import against the direction of the folders of a room', () => {
    assertFound({ 'packages/store/src/log/x.ts': "import '../door/y.ts';" }, /log\/x\.ts:1: log may not import door/);
    assertFound({ 'packages/store/src/attic/x.ts': "import '../log/y.ts';" }, /attic is not in the table of floors/);
  });

  test('a dependency that is not declared, and one where none may be', () => {
    assertFound({ 'packages/mqadmin/src/index.ts': "import 'commander';" }, /commander is not among the dependencies/);
    assertFound({ 'packages/store/src/index.ts': "import x from 'left-pad';" }, /store may not depend on left-pad/);
  });

  test('files, sockets, time and randomness outside the kernel', () => {
    const planted = [
      "import { open } from 'node:fs';",
      "const net = await import('node:net');",
      'setTimeout(go, 5);',
      'const at = Date.now();',
      'const at = new Date();',
      'const at = performance.now();',
      'const dice = Math.random();',
      'const id = randomUUID();',
    ];
    for (const line of planted) {
      assertFound(
        { 'packages/store/src/index.ts': `\n${line}\n` },
        /^packages\/store\/src\/index\.ts:2: (uses|touches)/,
      );
      assert.deepEqual(
        untidinessOf({
          'packages/kernel/src/index.ts': "import './node/x.ts';",
          'packages/kernel/src/node/x.ts': line,
        }),
        [],
      );
    }
  });

  test('any, in each place where a type can be', () => {
    for (const line of ['let x: any;', 'f<any>()', 'x as any;', 'type T = any[];', 'let m: Map<string, any>;']) {
      assertFound({ 'packages/store/src/index.ts': line }, /index\.ts:1: uses any/);
    }
  });

  test('a file that nothing leads to', () => {
    const files = { 'packages/store/src/index.ts': "export * from './a.ts';", 'packages/store/src/a.ts': 'export {};' };
    assert.deepEqual(untidinessOf(files), []);
    assertFound({ ...files, 'packages/store/src/b.ts': "import './a.ts';" }, /src\/b\.ts: nothing leads to this file/);
  });

  test('an export that only its own file and its door name', () => {
    const files = new Map([
      ['packages/store/src/index.ts', "export { a, b } from './a.ts';"],
      ['packages/store/src/a.ts', 'export const a = 1;\nexport const b = a;'],
      ['packages/store/test/a.test.ts', "import { b } from '@rocketmq-ts/store';"],
    ]);
    assert.deepEqual(findUnusedExports(['store'], files), [
      'packages/store/src/a.ts: exports a, which nothing else uses',
    ]);
  });

  test('files that import each other, also by types and through others', () => {
    const files = {
      'packages/store/src/index.ts': "export * from './a.ts';",
      'packages/store/src/a.ts': "import { b } from './log/b.ts';",
      'packages/store/src/log/b.ts': "import type { C } from '../c.ts';",
      'packages/store/src/c.ts': 'export {};',
    };
    assert.deepEqual(untidinessOf(files), []);
    assertFound(
      { ...files, 'packages/store/src/c.ts': "import type { A } from './a.ts';" },
      /src\/a\.ts imports \S+b\.ts imports \S+c\.ts imports \S+a\.ts: a circle/,
    );
    assertFound({ ...files, 'packages/store/src/c.ts': "export * from './c.ts';" }, /c\.ts imports \S+c\.ts: a circle/);
  });

  test('a file that is too long without a reason in its first line', () => {
    const long = 'export {};\n'.repeat(601);
    assertFound({ 'packages/store/src/index.ts': long }, /has 601 lines/);
    assert.deepEqual(untidinessOf({ 'packages/store/src/index.ts': `// Long because it is a table.\n${long}` }), []);
  });

  test('a room without a door, and one that is not in the table', () => {
    assertFound({ 'packages/store/src/other.ts': 'export {};' }, /packages\/store: has no door/);
    assertFound({ 'packages/attic/src/index.ts': 'export {};' }, /packages\/attic: not in the table/);
  });
});

describe('the checker does not mind', () => {
  test('words in comments, strings, templates and regular expressions', () => {
    const lines = [
      '// Date.now() and any',
      '/* setTimeout',
      ' import "node:fs" */',
      "const text = 'Math.random() \\' any';",
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a piece of source text
      'const template = `any ${count} "Date.now()" ${`nested any`}`;',
      'const pattern = /any[/]Date.now()/;',
      'const quotient = a / b; const rest = c / d;',
    ];
    assert.deepEqual(untidinessOf({ 'packages/store/src/index.ts': lines.join('\n') }), []);
  });

  test('methods and fields that are called like forbidden words', () => {
    const lines = [
      'clock.setTimeout(1);',
      'Promise.any(all);',
      'const o = { any: 1, performance };',
      'new Date(ms);',
      'x.random();',
    ];
    assert.deepEqual(untidinessOf({ 'packages/store/src/index.ts': lines.join('\n') }), []);
  });
});

test('blanking keeps code, lines and lengths', () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a piece of source text
  const source = "const a = 'x'; // y\nconst b = `p${a + /q'/.test(a)}r`; /* s\n */ const c = a / 2; // t";
  const code = blankNonCode(source);
  assert.equal(code.length, source.length);
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a piece of source text
  assert.equal(code, "const a = ' ';     \nconst b = ` ${a + /  /.test(a)} `;     \n    const c = a / 2;     ");
});

function assertFound(files: Readonly<Record<string, string>>, expected: RegExp): void {
  const found = untidinessOf(files);
  assert.ok(
    found.some((each) => expected.test(each)),
    `${String(expected)} is not in ${JSON.stringify(found)}`,
  );
}

/** Checks a few files as if they were all there is; all rooms have a door and may be depended on. */
function untidinessOf(files: Readonly<Record<string, string>>): string[] {
  const names = new Set([...Object.keys(files).map((path) => path.split('/')[1] ?? ''), 'kernel']);
  const dependencies = Object.fromEntries(Object.keys(ROOMS).map((name) => [`@rocketmq-ts/${name}`, '0.1.0']));
  const rooms = [...names].map((name) => ({
    name,
    packageJson: { exports: { '.': './src/index.ts' }, dependencies },
    files: new Map(Object.entries(files).filter(([path]) => path.startsWith(`packages/${name}/`))),
  }));
  return findUntidiness(rooms, []);
}

function readRoom(name: string): RoomSource {
  const folder = join(root, 'packages', name);
  const packageJson = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return { name, packageJson, files: readSources(`packages/${name}/src`) };
}

/** Path to text of all sources below a folder of the repository. */
function readSources(folder: string): Map<string, string> {
  const files = new Map<string, string>();
  if (!existsSync(join(root, folder))) return files;
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && entry.name.endsWith('.ts')) files.set(relative(root, path), readFileSync(path, 'utf8'));
  }
  return files;
}

/** Sources that the commands and scripts start directly. */
function entriesOfCommands(): string[] {
  const starters = [join(root, 'package.json')];
  for (const folder of ['bin', 'scripts']) {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true, recursive: true })) {
      if (entry.isFile()) starters.push(join(entry.parentPath, entry.name));
    }
  }
  return starters.flatMap((path) => readFileSync(path, 'utf8').match(/packages\/[\w-]+\/src\/[\w./-]+\.ts/g) ?? []);
}
