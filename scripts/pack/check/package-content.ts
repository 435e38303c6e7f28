import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { PACKAGE_FILES } from '../manifest.ts';

const MAX_UNPACKED_BYTES = 1_000_000;

/** An installed client: nothing in it leads outside, and it is small. */
export function checkContent(folder: string, { hasManifest = true } = {}): void {
  const files = hasManifest ? [...PACKAGE_FILES, 'package.json'] : PACKAGE_FILES;
  assert.deepEqual(readdirSync(folder).sort(), [...files].sort());
  let size = 0;
  for (const file of readdirSync(folder)) size += statSync(join(folder, file)).size;
  assert.ok(size <= MAX_UNPACKED_BYTES, `${size} bytes unpacked`);
  for (const file of PACKAGE_FILES.filter((name) => /ts$|js$/.test(name))) {
    const text = readFileSync(join(folder, file), 'utf8');
    const imports = [
      ...text.matchAll(/(?:\bfrom|\bimport\(|\brequire\()\s*['"]([^'"]+)['"]/g),
      ...text.matchAll(/<reference path="([^"]+)"/g),
    ];
    for (const [, target] of imports) assert.match(target!, /^node:|^\.\/index\.js$/, `${file} names ${target}`);
  }
}

/** What else the install brought: only the types of Node.js, which nothing needs at run time. */
export function checkNeighbours(folder: string): void {
  const modules = join(folder, 'node_modules');
  const installed = readdirSync(modules).filter((name) => !name.startsWith('.'));
  assert.deepEqual(installed.sort(), ['@rocketmq-ts', '@types', 'undici-types']);
  assert.deepEqual(readdirSync(join(modules, '@rocketmq-ts')), ['client']);
  assert.deepEqual(readdirSync(join(modules, '@types')), ['node']);
}
