import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { packageFiles } from '../manifest.ts';
import { isOutside, type PublishedRoom } from '../packages.ts';

const MAX_UNPACKED_BYTES = 1_000_000;

/** An installed package: nothing in it leads to what is not installed with it, and it is small. Gives its bytes. */
export function checkContent(folder: string, published: PublishedRoom, { hasManifest = true } = {}): number {
  const expected = packageFiles(published);
  assert.deepEqual(readdirSync(folder).sort(), [...expected, ...(hasManifest ? ['package.json'] : [])].sort());
  let size = 0;
  for (const file of readdirSync(folder)) size += statSync(join(folder, file)).size;
  assert.ok(size <= MAX_UNPACKED_BYTES, `${size} bytes unpacked`);
  for (const file of expected.filter((name) => /ts$|js$/.test(name))) {
    const text = readFileSync(join(folder, file), 'utf8');
    const imports = [
      ...text.matchAll(/(?:\bfrom|\bimport\(|\brequire\()\s*['"]([^'"]+)['"]/g),
      ...text.matchAll(/<reference path="([^"]+)"/g),
    ];
    for (const [, target] of imports)
      assert.ok(target === './index.js' || isOutside(published, target!), `${file} names ${target}`);
  }
  return size;
}

/** What else the install of the client brought: only the types of Node.js, which nothing needs at run time. */
export function checkNeighbours(folder: string): void {
  const modules = join(folder, 'node_modules');
  const installed = readdirSync(modules).filter((name) => !name.startsWith('.'));
  assert.deepEqual(installed.sort(), ['@rocketmq-ts', '@types', 'undici-types']);
  assert.deepEqual(readdirSync(join(modules, '@rocketmq-ts')), ['client']);
  assert.deepEqual(readdirSync(join(modules, '@types')), ['node']);
}
