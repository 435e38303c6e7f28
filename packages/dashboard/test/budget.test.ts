import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';

const dist = join(import.meta.dirname, '../web/dist');
const BUDGET_BYTES = 200_000;

interface Chunk {
  readonly file: string;
  readonly imports?: readonly string[];
}

test('all script of the first page, with its charts, is at most 200 kB when compressed', () => {
  const path = join(dist, '.vite/manifest.json');
  assert.ok(existsSync(path), 'the pages are not built: run npm run build');
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as Record<string, Chunk>;
  const files = new Set<string>();
  const add = (key: string): void => {
    const chunk = manifest[key];
    assert.ok(chunk !== undefined, `${key} is not in the manifest of the build`);
    if (files.has(chunk.file)) return;
    files.add(chunk.file);
    for (const each of chunk.imports ?? []) add(each);
  };
  for (const key of ['index.html', 'src/pages/overview/page.tsx', 'src/parts/chart-canvas.tsx']) add(key);
  const sizes = [...files].map(
    (file) => [file, gzipSync(readFileSync(join(dist, file)), { level: 9 }).length] as const,
  );
  const total = sizes.reduce((sum, [, size]) => sum + size, 0);
  assert.ok(total <= BUDGET_BYTES, `${total} bytes: ${JSON.stringify(sizes)}`);
});

test('the built page loads nothing from another host', () => {
  const html = readFileSync(join(dist, 'index.html'), 'utf8');
  for (const [, address] of html.matchAll(/(?:src|href)="([^"]+)"/g))
    assert.ok(/^(?:\.?\/|data:)/.test(address!), `${address} is not of the console itself`);
});
