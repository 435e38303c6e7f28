import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { nodeDisk } from '@rocketmq-ts/kernel';

test('a folder is made with all its missing parents', (context) => {
  const root = mkdtempSync(join(tmpdir(), 'kernel-'));
  context.after(() => rmSync(root, { recursive: true }));
  nodeDisk.makeDirectory(join(root, 'a', 'b', 'c'));
  nodeDisk.makeDirectory(join(root, 'a', 'b', 'c'));
  assert.ok(existsSync(join(root, 'a', 'b', 'c')));
});

test('a folder that can not be made below /proc is an error at once', { skip: !existsSync('/proc/self') }, () => {
  assert.throws(() => nodeDisk.makeDirectory('/proc/nope/store'), { code: 'ENOENT' });
});
