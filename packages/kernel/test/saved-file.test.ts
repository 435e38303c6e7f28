import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import {
  type LogFields,
  type Logger,
  MAX_WAITING,
  readSaved,
  replaceSaved,
  SavedFile,
  silentLogger,
} from '@rocketmq-ts/kernel';
import { type SimulatedPlatform, simulatedPlatform } from '@rocketmq-ts/testkit';

const PATH = '/home/config/table.json';
const SAVES = 4;

let machine: SimulatedPlatform;
let lines: { sentence: string; fields: LogFields | undefined }[];
const note = (sentence: string, fields?: LogFields): void => void lines.push({ sentence, fields });
const logger: Logger = { ...silentLogger, warn: note, error: note };

beforeEach(() => {
  machine = simulatedPlatform(1);
  lines = [];
});
afterEach(() => assert.equal(machine.clock.pendingTimers, 0));

/** Content is `{"version":n,…}` padded over several sectors, so that a torn one shows. */
const content = (version: number): Buffer =>
  Buffer.from(JSON.stringify({ version, padding: 'x'.repeat(1500), end: version }));

function read(from = machine): number | undefined {
  return readSaved({ disk: from.disk, logger, path: PATH }, (bytes) => {
    const { version, end } = JSON.parse(bytes.toString()) as { version?: number; end?: number };
    if (version === undefined || version !== end) throw new Error('it is no table');
    return { value: version, version: [version] };
  });
}

function put(path: string, bytes: Uint8Array): void {
  const { disk } = machine;
  disk.makeDirectory(path.slice(0, path.lastIndexOf('/')));
  disk.remove(path);
  const file = disk.open(path, 'create');
  file.writeSync(bytes, 0, bytes.length, 0);
  file.syncSync();
  file.close();
  disk.syncDirectory(path.slice(0, path.lastIndexOf('/')));
}

const text = (end: string): string | undefined => machine.disk.readFile(PATH + end)?.toString();

/** As after a loss of power: the page reads as zeros, here in the midst of a quoted text. */
const holed = (bytes: Buffer): Buffer => Buffer.from(bytes.fill(0, 512, 1024));

/** A process that saves versions 1 to `SAVES`; what was reported as saved is. */
class Writer {
  saved = 0;
  version = 0;
  readonly file: SavedFile;
  readonly ended: Promise<void>;

  constructor(platform: SimulatedPlatform) {
    this.file = new SavedFile(platform.disk, silentLogger, PATH, () => content(this.version));
    this.ended = this.#run();
  }

  async #run(): Promise<void> {
    while (this.version < SAVES) {
      const version = ++this.version;
      this.file.save();
      const failure = await new Promise<Error | undefined>((resolve) => this.file.whenSaved(resolve));
      if (failure !== undefined) return;
      this.saved = version;
    }
  }
}

describe('a file that is saved again and again', () => {
  for (const power of [false, true]) {
    const what = power ? 'loss of power' : 'kill';
    test(`survives a ${what} at any call: what was reported as saved is found, and a whole file at any time`, async () => {
      for (let call = 1, died = true; died; call++) {
        for (const seed of power ? [1, 2, 3, 4, 5, 6] : [1, 2]) {
          machine = simulatedPlatform(seed * 1000 + call);
          died = false;
          const { disk, clock } = machine;
          disk.dieAt(call, () => {
            died = true;
            if (power) disk.crash();
            else disk.killProcess();
          });
          const writer = new Writer(machine);
          await clock.advance(1000);
          const { saved } = writer;
          disk.revive();
          const found = read() ?? 0;
          assert.ok(found >= saved, `call ${call}, seed ${seed}: ${found} is found after ${saved} was saved`);
          // Another kill right after the start finds the same.
          if (power) disk.crash();
          assert.equal(read() ?? 0, found, `call ${call}, seed ${seed}`);
          if (!died) assert.equal(saved, SAVES);
        }
      }
    });
  }

  // Apache's broker reads the file, and the backup when the file is missing or empty or no JSON. Source: ConfigManager#load.
  test('is whole for a reader that knows only the file and its backup, at any call', async () => {
    for (let call = 1, died = true; died; call++) {
      machine = simulatedPlatform(call);
      died = false;
      machine.disk.dieAt(call, () => {
        died = true;
        machine.disk.killProcess();
      });
      const writer = new Writer(machine);
      await machine.clock.advance(1000);
      const found = text('') ?? text('.bak');
      assert.ok((found === undefined ? 0 : JSON.parse(found).version) >= writer.saved, `call ${call}`);
    }
  });

  test('and its backup are the same when nothing waits, and nothing else is left', async () => {
    const writer = new Writer(machine);
    await machine.clock.run(writer.ended);
    await machine.clock.advance(100);
    assert.equal(text('.bak'), text(''));
    assert.deepEqual(
      machine.disk.list('/home/config').map(({ name }) => name),
      ['table.json', 'table.json.bak'],
    );
  });

  test('whose backup may be later has it at the next try, or when that is waited for, and what was saved is found before', async () => {
    let version = 1;
    const reused = Buffer.alloc(content(1).length);
    // The bytes are lent until the next call.
    const lent = (): Uint8Array => {
      content(version).copy(reused);
      return reused;
    };
    const file = new SavedFile(machine.disk, silentLogger, PATH, lent, { backUpLater: true });
    const save = async (): Promise<void> => {
      file.save();
      assert.equal(await machine.clock.run(new Promise((resolve) => file.whenSaved(resolve))), undefined);
      await machine.clock.advance(100);
    };
    await save();
    assert.equal(text('.bak'), undefined);
    assert.equal(read(), 1);
    file.saveAgain();
    await machine.clock.advance(100);
    assert.equal(text('.bak'), text(''));
    version = 2;
    await save();
    assert.equal(text('.bak'), content(1).toString());
    machine.disk.faults.add({ operation: 'sync', path: '.bak.tmp', code: 'EIO', times: 1 });
    for (let tries = 0; tries < 2; tries++) {
      file.saveAgain();
      await machine.clock.advance(100);
    }
    assert.equal(text('.bak'), content(2).toString());
    version = 3;
    await machine.clock.run(file.saveAndSync());
    assert.equal(text('.bak'), content(3).toString());
    const before = machine.disk.stat(`${PATH}.bak`)?.modifiedMs;
    file.saveAgain();
    await machine.clock.advance(100);
    assert.equal(machine.disk.stat(`${PATH}.bak`)?.modifiedMs, before, 'nothing was due');
  });

  test('shares one save among the changes that came during the one before', async () => {
    let saves = 0;
    const file = new SavedFile(machine.disk, silentLogger, PATH, () => content(++saves));
    for (let i = 0; i < 10; i++) file.save();
    await machine.clock.run(file.saveAndSync());
    assert.equal(saves, 2);
    assert.equal(file.savedChanges, file.changes);
  });

  test('reports each failed save to those who wait for it, logs it once, and is tried again', async () => {
    const file = new SavedFile(machine.disk, logger, PATH, () => content(1));
    machine.disk.faults.add({ operation: 'sync', path: '.tmp', code: 'EIO', times: 2 });
    const saving = (): Promise<Error | undefined> =>
      machine.clock.run(new Promise((resolve) => file.whenSaved(resolve)));
    file.save();
    assert.match(String(await saving()), /EIO/);
    assert.match(String(await saving()), /EIO/);
    assert.equal(await saving(), undefined);
    assert.equal(lines.filter(({ sentence }) => sentence.includes('could not be saved')).length, 1);
    await machine.clock.advance(10);
    assert.equal(read(), 1);
  });

  test('is not saved while its name is not durable', async () => {
    const file = new SavedFile(machine.disk, logger, PATH, () => content(1));
    machine.disk.faults.add({ operation: 'syncDirectory', path: '/home/config', code: 'EIO', skip: 0 });
    file.save();
    const failure = await machine.clock.run(new Promise<Error | undefined>((resolve) => file.whenSaved(resolve)));
    assert.match(String(failure), /EIO/);
    await machine.clock.run(file.saveAndSync());
  });
});

describe('of the copies of a saved file', () => {
  const CASES: readonly [string, Record<string, Buffer | 'folder'>, number | undefined][] = [
    ['an empty file gives way to its backup', { '': Buffer.alloc(0), '.bak': content(3) }, 3],
    ['a file of zeros gives way to its backup', { '': Buffer.alloc(900), '.bak': content(3) }, 3],
    ['a file with a page of zeros within a text gives way', { '': holed(content(4)), '.bak': content(3) }, 3],
    ['half a file gives way to its backup', { '': content(4).subarray(0, 700), '.bak': content(3) }, 3],
    ['JSON of another kind gives way to the backup', { '': Buffer.from('{"other":1}'), '.bak': content(3) }, 3],
    ['a folder in the place of the file gives way to the backup', { '': 'folder', '.bak': content(3) }, 3],
    ['a folder in the place of the backup is out of the way of the next one', { '': content(3), '.bak': 'folder' }, 3],
    ['without the file an unfinished save is newer than the backup', { '.tmp': content(4), '.bak': content(3) }, 4],
    ['without the file an older leftover is not taken', { '.tmp': content(2), '.bak': content(3) }, 3],
    ['a leftover of an earlier version counts as well', { '.new': content(4), '.bak': content(3) }, 4],
    ['an unfinished save alone is taken', { '.tmp': content(1) }, 1],
    [
      'a damaged file gives way to a newer leftover',
      { '': content(5).subarray(1), '.tmp': content(5), '.bak': content(4) },
      5,
    ],
    ['a newer unfinished save is taken', { '': content(4), '.tmp': content(5), '.bak': content(4) }, 5],
    [
      'half an unfinished save is passed over',
      { '': content(4), '.tmp': content(5).subarray(9), '.bak': content(4) },
      4,
    ],
    // Who puts an old file in its place means it.
    ['a whole file counts before a backup, whichever is newer', { '': content(3), '.bak': content(4) }, 3],
    ['empty files count as nothing', { '': Buffer.alloc(0), '.bak': Buffer.alloc(0) }, undefined],
    ['a torn first save counts as nothing', { '.tmp': content(1).subarray(0, 5) }, undefined],
    ['nothing is nothing', {}, undefined],
  ];
  for (const [what, copies, expected] of CASES) {
    test(what, () => {
      for (const [end, bytes] of Object.entries(copies)) {
        if (bytes === 'folder') machine.disk.makeDirectory(`${PATH}${end}/inside`);
        else put(PATH + end, bytes);
      }
      assert.equal(read(), expected);
      if (expected === undefined) return;
      // The newest copy is in its place now, durably, and the backup is unchanged.
      machine.disk.crash();
      lines = [];
      assert.equal(read(), expected);
      assert.deepEqual(lines, []);
      assert.equal(JSON.parse(text('')!).version, expected);
      const backup = copies['.bak'];
      if (backup instanceof Buffer) assert.equal(text('.bak'), backup.toString());
      else assert.equal(machine.disk.stat(`${PATH}.bak`), undefined);
      assert.deepEqual([text('.tmp'), text('.new')], [undefined, undefined]);
    });
  }

  test('the one that is taken instead of the file is logged with the reason, and the damaged file is kept', () => {
    put(PATH, Buffer.from('{"ver'));
    put(`${PATH}.bak`, content(3));
    assert.equal(read(), 3);
    assert.deepEqual(
      lines.map(({ fields }) => [fields?.path, fields?.taken]),
      [[PATH, `${PATH}.bak`]],
    );
    assert.match(String(lines[0]?.fields?.problem), /JSON/);
    assert.equal(text('.broken'), '{"ver');
  });

  test('none is taken when the file and its backup are both damaged: the error names them', () => {
    put(PATH, Buffer.from('{"ver'));
    put(`${PATH}.bak`, Buffer.from('x'));
    assert.throws(() => read(), { code: 'SAVED_FILE_BROKEN', message: new RegExp(`${PATH}.*${PATH}.bak`) });
    assert.equal(text(''), '{"ver');
  });

  test('none is taken while the file may not be read: it may be the newest', () => {
    put(PATH, content(4));
    put(`${PATH}.bak`, content(3));
    machine.disk.faults.add({ operation: 'read', path: /table\.json$/, code: 'EACCES' });
    assert.throws(() => read(), { code: 'SAVED_FILE_BROKEN', message: /EACCES/ });
    assert.equal(read(), 4);
  });

  test('a disk that is full does not keep the backup from being taken', () => {
    put(PATH, Buffer.alloc(0));
    put(`${PATH}.bak`, content(3));
    machine.disk.faults.add({ operation: 'write', code: 'ENOSPC' });
    assert.equal(read(), 3);
    assert.equal(read(), 3);
    assert.equal(text('.bak'), content(3).toString());
  });
});

test('a file that is replaced at once has the same content as its backup, also when the process is killed at any call', () => {
  for (let call = 1, died = true; died; call++) {
    machine = simulatedPlatform(call);
    died = false;
    replaceSaved(machine.disk, PATH, content(1));
    machine.disk.dieAt(call, () => {
      died = true;
      machine.disk.crash();
    });
    try {
      replaceSaved(machine.disk, PATH, content(2));
      assert.equal(text('.bak'), text(''));
    } catch (error) {
      assert.match(String(error), /the process is dead/);
    }
    machine.disk.revive();
    assert.ok([1, 2].includes(read()!));
  }
});

test('a limited number of changes waits for a slow disk; who comes later gets an error at once, and all changes are saved', async () => {
  const file = new SavedFile(machine.disk, logger, PATH, () => content(file.changes));
  machine.disk.faults.add({ operation: 'sync', path: PATH, delayMs: 60_000 });
  const outcomes: (string | undefined)[] = [];
  for (let nth = 0; nth < MAX_WAITING + 2; nth++) {
    file.save();
    file.whenSaved((failure) => outcomes.push(failure?.message));
  }
  const refused = `${MAX_WAITING} others wait for the disk already`;
  assert.deepEqual(outcomes, [refused, refused]);
  await machine.clock.advance(70_000);
  assert.equal(outcomes.filter((message) => message === undefined).length, MAX_WAITING);
  assert.equal(read(), MAX_WAITING + 2);
});
