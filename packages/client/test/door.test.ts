import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const SRC = join(import.meta.dirname, '../src');
const sources = new Map(
  readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => [name, readFileSync(join(SRC, name), 'utf8')]),
);

/** Names that a file imports, or declares at its top level as types, interfaces or classes. */
function typeNames(text: string): Set<string> {
  const names = new Set<string>();
  for (const [, list] of text.matchAll(/^import (?:type )?\{([^}]*)\}/gm)) {
    for (const part of list!.split(','))
      names.add(
        part
          .replace(/^\s*type /, '')
          .trim()
          .split(' as ')
          .at(-1)!,
      );
  }
  for (const [, name] of text.matchAll(/^(?:export )?(?:declare )?(?:type|interface|class|abstract class) (\w+)/gm))
    names.add(name!);
  names.delete('');
  return names;
}

/** What a user sees of an exported declaration: for a class its public signatures, for a function its head, else all of it. */
function visible(text: string, name: string): string {
  const start = text.search(
    new RegExp(`^export (?:abstract )?(?:class|interface|type|function|const|async function) ${name}\\b`, 'm'),
  );
  if (start < 0) return '';
  const declaration = text.slice(start).split(/\n(?=\S)/)[0]! + closing(text.slice(start));
  const code = declaration.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '');
  if (/^export (async )?function/.test(code)) return code.slice(0, code.indexOf('{\n'));
  if (!/^export (abstract )?class/.test(code)) return code;
  const members = code.split(/\n(?= {2}[^\s})])/).slice(1);
  const open = members.filter((member) => !/^ {2}(#|private|readonly #|static #|async #)/.test(member));
  const typeOnly = !new RegExp(`export (?:\\{[^}]*\\b(?<!type )${name}\\b)`).test(door);
  const seen = typeOnly ? open.filter((member) => !member.startsWith('  constructor')) : open;
  return [code.slice(0, code.indexOf('{')), ...seen.map((member) => member.split(/ \{\n/)[0]!)].join('\n');
}

/** The rest of a declaration whose lines are indented or closing brackets. */
function closing(text: string): string {
  const lines = text.split('\n').slice(1);
  const end = lines.findIndex((line) => /^\S/.test(line) && !/^[)}\]|&]/.test(line));
  return `\n${lines.slice(0, end < 0 ? lines.length : end).join('\n')}`;
}

const door = sources.get('index.ts')!;
/** Names of the door, and the file of this room that each comes from; undefined for those of other rooms. */
const exported = new Map<string, string | undefined>();
for (const [, list, from] of door.matchAll(/export (?:type )?\{([^}]*)\} from '([^']+)'/g)) {
  for (const part of list!.split(',')) {
    const name = part.replace(/^\s*type /, '').trim();
    if (name !== '') exported.set(name, from!.startsWith('./') ? from!.slice(2) : undefined);
  }
}

test('everything that a signature of the door names is exported by the door', () => {
  const missing: string[] = [];
  let looked = 0;
  for (const [name, file] of exported) {
    if (file === undefined) continue;
    const text = sources.get(file)!;
    const known = typeNames(text);
    const signature = visible(text, name);
    assert.notEqual(signature, '', `${name} is not found in ${file}`);
    looked++;
    for (const [word] of signature.matchAll(/\b[A-Z]\w*\b/g)) {
      if (known.has(word) && !exported.has(word)) missing.push(`${word}, of ${name} in ${file}`);
    }
  }
  assert.deepEqual([...new Set(missing)], []);
  assert.ok(looked >= 30, `${looked} declarations were found`);
});
