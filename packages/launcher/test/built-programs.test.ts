import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, suite, test } from 'node:test';
import { type BuiltProgram, type BuiltPrograms, manifestFile } from '../src/built/manifest.ts';
import { findBuilt } from '../src/built/run-program.ts';

suite('a program that was built', () => {
  let programs: BuiltPrograms;
  let source: string;
  beforeEach(() => {
    const root = mkdtempSync(join(tmpdir(), 'built-programs-'));
    programs = { root, folder: join(root, 'cache') };
    source = join(root, 'a.ts');
    mkdirSync(join(programs.folder, 'build'), { recursive: true });
    writeFileSync(join(programs.folder, 'build/mqadmin.js'), 'code');
    writeFileSync(source, 'a source');
  });
  afterEach(() => rmSync(programs.root, { recursive: true }));

  const write = (changes: Partial<BuiltProgram> = {}): void => {
    const { size, mtimeMs } = statSync(source);
    const built = { root: programs.root, file: 'build/mqadmin.js', inputs: [['a.ts', size, mtimeMs]], ...changes };
    writeFileSync(manifestFile(programs, 'mqadmin'), JSON.stringify(built));
  };

  test('runs as long as its sources are what they were', () => {
    write();
    assert.equal(findBuilt(programs, 'mqadmin'), join(programs.folder, 'build/mqadmin.js'));
  });

  test('does not run when a source has another length', () => {
    write();
    const { mtime } = statSync(source);
    writeFileSync(source, 'a source that is longer');
    utimesSync(source, mtime, mtime);
    assert.equal(findBuilt(programs, 'mqadmin'), undefined);
  });

  test('does not run when a source was written again', () => {
    write();
    utimesSync(source, 1, 1);
    assert.equal(findBuilt(programs, 'mqadmin'), undefined);
  });

  test('runs where it was copied with whole seconds, as into an image of a container', () => {
    utimesSync(source, 1_700_000_000.25, 1_700_000_000.25);
    write();
    utimesSync(source, 1_700_000_000, 1_700_000_000);
    assert.notEqual(findBuilt(programs, 'mqadmin'), undefined);
    utimesSync(source, 1_700_000_001, 1_700_000_001);
    assert.equal(findBuilt(programs, 'mqadmin'), undefined);
  });

  test('does not run when a source is gone', () => {
    write();
    rmSync(source);
    assert.equal(findBuilt(programs, 'mqadmin'), undefined);
  });

  test('does not run in a checkout that was moved, since its code has the paths', () => {
    write({ root: '/elsewhere' });
    assert.equal(findBuilt(programs, 'mqadmin'), undefined);
  });

  test('does not run when its code was removed', () => {
    write();
    rmSync(join(programs.folder, 'build'), { recursive: true });
    assert.equal(findBuilt(programs, 'mqadmin'), undefined);
  });

  test('is none where nothing was built, or what is known of it cannot be read', () => {
    assert.equal(findBuilt(programs, 'mqadmin'), undefined);
    writeFileSync(manifestFile(programs, 'mqadmin'), '{"root":');
    assert.equal(findBuilt(programs, 'mqadmin'), undefined);
  });
});
