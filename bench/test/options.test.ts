import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loads } from '../src/loads.ts';
import { readOptions, usage } from '../src/options.ts';

const names = loads.map(({ name }) => name);

test('names and titles of loads differ from each other', () => {
  assert.equal(new Set(names).size, loads.length);
  assert.equal(new Set(loads.map(({ title }) => title)).size, loads.length);
});

test('a load that is not there is refused by its name', () => {
  assert.throws(
    () => readOptions(['--only', 'stop,nothing', '--only', 'none'], names),
    /^Error: no such load: nothing, none$/,
  );
});

test('a whole run is kept; of others only what --keep asks for', () => {
  const kept = (...args: string[]) => {
    const { keep, isWhole } = readOptions(args, names)!;
    return { keep, isWhole };
  };
  assert.deepEqual(kept(), { keep: true, isWhole: true });
  assert.deepEqual(kept('--quick'), { keep: false, isWhole: true });
  assert.deepEqual(kept('--only', 'stop'), { keep: false, isWhole: false });
  assert.deepEqual(kept('--only', 'stop', '--keep'), { keep: true, isWhole: false });
  assert.deepEqual(kept('--target', 'ours', '--keep'), { keep: true, isWhole: false });
});

test('the help lists every load, in lines that fit a terminal', () => {
  const text = usage(names);
  for (const name of names) assert.match(text, new RegExp(`[ ,]${name}[,\\n]`));
  for (const line of text.split('\n')) assert.ok(line.length <= 132, line);
});
