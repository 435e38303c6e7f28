import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { dashboardErrors } from '../src/errors.ts';

test('every code of a failed request has a meaning in Chinese, and no other has', () => {
  // The module needs a page around it, so its table is read as text.
  const source = readFileSync(join(import.meta.dirname, '../web/src/parts/error-text.ts'), 'utf8');
  const named = [...source.matchAll(/^ {2}([A-Z_]+): '[^']*[\u4e00-\u9fff][^']*',$/gm)].map(([, code]) => code);
  assert.deepEqual(named.sort(), Object.keys(dashboardErrors).sort());
});
