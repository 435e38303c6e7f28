import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageStore } from '../src/index.ts';
import { putAndWait, readBodies } from './store-calls.ts';
import { ROOT, StoreMachine } from './store-machine.ts';

const FILE_BYTES = 64 * 1024;
const UNITS_PER_FILE = 20;
const name = (offset: number): string => String(offset).padStart(20, '0');

async function fill(store: MessageStore, count: number, size: number, topic = 'T', from = 0): Promise<string[]> {
  const bodies: string[] = [];
  for (let i = from; i < from + count; i++) {
    const body = `${topic}${i}`.padEnd(size, '.');
    bodies.push(body);
    await putAndWait(store, { topic, body });
  }
  return bodies;
}

/** An idle queue at the beginning of the log, and a busy one over several files of log and queue. */
async function filled(ending: 'clean' | 'killed'): Promise<{ machine: StoreMachine; idle: string[]; busy: string[] }> {
  const machine = new StoreMachine();
  const store = await machine.start();
  const idle = await fill(store, 3, 100, 'idle');
  const busy = await fill(store, 70, 3000);
  await machine.clock.advance(70_000);
  busy.push(...(await fill(store, 2, 3000, 'T', 70)));
  if (ending === 'clean') await machine.clock.run(store.stop());
  else machine.killProcess();
  return { machine, idle, busy };
}

const warnings = (machine: StoreMachine): string[] =>
  machine.logLines.filter(({ level }) => level !== 'info' && level !== 'debug').map(({ sentence }) => sentence);

const QUEUE = 'consumequeue/T/0';

function flip(machine: StoreMachine, path: string, at: number): void {
  const byte = machine.read(path).subarray(at, at + 1);
  machine.write(path, at, Buffer.from([byte[0]! ^ 0x10]));
}

const DAMAGES: Readonly<Record<string, (machine: StoreMachine) => void>> = {
  'the first file is missing': (machine) => machine.disk.remove(`${ROOT}/${QUEUE}/${name(0)}`),
  'the file in the middle is missing': (machine) => machine.disk.remove(`${ROOT}/${QUEUE}/${name(400)}`),
  'the last file is missing': (machine) => machine.disk.remove(`${ROOT}/${QUEUE}/${name(1200)}`),
  'the first file is short': (machine) => machine.truncate(`${QUEUE}/${name(0)}`, 130),
  'the file in the middle is short by one byte': (machine) => machine.truncate(`${QUEUE}/${name(400)}`, 399),
  'the last file is short': (machine) => machine.truncate(`${QUEUE}/${name(1200)}`, 20),
  'the first file is empty': (machine) => machine.truncate(`${QUEUE}/${name(0)}`, 0),
  'the file in the middle is empty': (machine) => machine.truncate(`${QUEUE}/${name(800)}`, 0),
  'the last file is empty': (machine) => machine.truncate(`${QUEUE}/${name(1200)}`, 0),
  'the last file is zeros': (machine) => machine.write(`${QUEUE}/${name(1200)}`, 0, Buffer.alloc(400)),
  'the first file is too long': (machine) => machine.truncate(`${QUEUE}/${name(0)}`, 401),
  'the file in the middle is too long': (machine) => machine.truncate(`${QUEUE}/${name(400)}`, 800),
  'the last file is too long': (machine) => machine.truncate(`${QUEUE}/${name(1200)}`, 100_000),
  'a bit of a unit is flipped': (machine) => flip(machine, `${QUEUE}/${name(400)}`, 5 * 20 + 6),
  'a bit of a tags code is flipped': (machine) => flip(machine, `${QUEUE}/${name(400)}`, 5 * 20 + 18),
  'a bit of the last unit is flipped': (machine) => flip(machine, `${QUEUE}/${name(1200)}`, 7),
  'a file in the middle is zeros': (machine) => machine.write(`${QUEUE}/${name(800)}`, 0, Buffer.alloc(400)),
  'a file in the middle is garbage': (machine) => machine.write(`${QUEUE}/${name(800)}`, 0, Buffer.alloc(400, 0xe4)),
  'a file holds the units of another one': (machine) =>
    machine.write(`${QUEUE}/${name(800)}`, 0, machine.read(`${QUEUE}/${name(0)}`)),
  'a file of a later place lies behind the last one': (machine) => {
    machine.disk.open(`${ROOT}/${QUEUE}/${name(2000)}`, 'create').close();
    machine.write(`${QUEUE}/${name(2000)}`, 0, machine.read(`${QUEUE}/${name(0)}`));
  },
  'the units of an idle queue are those of another queue': (machine) =>
    machine.write('consumequeue/idle/0/00000000000000000000', 0, machine.read(`${QUEUE}/${name(0)}`)),
  'the folder of an unknown queue is there': (machine) => {
    machine.disk.makeDirectory(`${ROOT}/consumequeue/T/7`);
    machine.disk.open(`${ROOT}/consumequeue/T/7/${name(0)}`, 'create').close();
    machine.write(`consumequeue/T/7/${name(0)}`, 0, machine.read(`${QUEUE}/${name(0)}`));
  },
  'the hint of the ends is garbage': (machine) => {
    machine.disk.open(`${ROOT}/consumequeue-ends`, 'create').close();
    machine.write('consumequeue-ends', 0, Buffer.alloc(4000, 0x2d));
  },
  'all files are missing': (machine) => {
    for (const file of machine.names(QUEUE)) machine.disk.remove(`${ROOT}/${QUEUE}/${file}`);
  },
  'the folder of the queue is missing': (machine) => machine.disk.remove(`${ROOT}/${QUEUE}`),
  'the folder of an idle queue is missing': (machine) => machine.disk.remove(`${ROOT}/consumequeue/idle/0`),
  'the folder of an idle topic is missing': (machine) => machine.disk.remove(`${ROOT}/consumequeue/idle`),
  'all consume queues are missing': (machine) => machine.disk.remove(`${ROOT}/consumequeue`),
  'the checkpoint is missing': (machine) => machine.disk.remove(`${ROOT}/checkpoint`),
  'the checkpoint is cut in the middle of a stamp': (machine) => machine.truncate('checkpoint', 12),
  'the checkpoint is empty': (machine) => machine.truncate('checkpoint', 0),
  'the checkpoint is garbage': (machine) => machine.write('checkpoint', 0, Buffer.alloc(4096, 0xc3)),
  'the checkpoint is from the future': (machine) => {
    const stamp = Buffer.alloc(24);
    for (const at of [0, 8, 16]) stamp.writeBigInt64BE(4_000_000_000_000n, at);
    machine.write('checkpoint', 0, stamp);
  },
  'the checkpoint is of garbage that could be a time far off': (machine) =>
    machine.write('checkpoint', 0, Buffer.alloc(4096, 0x3c)),
  'files of replacements are left over': (machine) => {
    for (const file of ['checkpoint.tmp', 'config/topics.json.tmp', 'commitlog/x.tmp', `${QUEUE}/x.tmp`]) {
      machine.disk.makeDirectory(`${ROOT}/config`);
      const open = machine.disk.open(`${ROOT}/${file}`, 'create');
      open.writeSync(Buffer.from('half'), 0, 4, 0);
      open.close();
    }
  },
};

for (const ending of ['clean', 'killed'] as const) {
  for (const [what, damage] of Object.entries(DAMAGES)) {
    test(`every message is read when ${what}, and the store was ${ending === 'clean' ? 'stopped' : 'killed'}`, async () => {
      const { machine, idle, busy } = await filled(ending);
      assert.deepEqual(machine.names(QUEUE), [0, 400, 800, 1200].map(name));
      damage(machine);
      let store = await machine.start();
      assert.deepEqual(await readBodies(store), busy);
      assert.deepEqual(await readBodies(store, 'idle'), idle);
      assert.equal((await putAndWait(store, { topic: 'idle', body: 'next' })).queueOffset, idle.length);
      busy.push(...(await fill(store, UNITS_PER_FILE, 3000, 'T', busy.length)));
      machine.killProcess();
      store = await machine.start();
      assert.deepEqual(await readBodies(store), busy);
      assert.deepEqual(await readBodies(store, 'idle'), [...idle, 'next']);
    });
  }

  test(`a missing last file of the log costs its messages alone, and the store was ${ending}`, async () => {
    const { machine, idle, busy } = await filled(ending);
    const files = machine.names('commitlog');
    machine.disk.remove(`${ROOT}/commitlog/${files.at(-1)}`);
    const store = await machine.start();
    const left = await readBodies(store);
    assert.ok(left.length > 40 && left.length < busy.length, `${left.length} are left`);
    assert.deepEqual(left, busy.slice(0, left.length));
    assert.deepEqual(await readBodies(store, 'idle'), idle);
    assert.equal((await putAndWait(store, { body: 'next' })).queueOffset, left.length);
  });

  for (const count of [1, 2]) {
    test(`${count} missing in the middle of the log cost their messages alone and are logged, and the store was ${ending}`, async () => {
      const { machine, idle, busy } = await filled(ending);
      const files = machine.names('commitlog').map(Number);
      assert.equal(files.length, 4);
      for (const file of files.slice(1, 1 + count)) machine.disk.remove(`${ROOT}/commitlog/${name(file)}`);
      for (const round of ['first', 'second']) {
        const store = await machine.start();
        const left = await readBodies(store);
        assert.ok(left.length > 10 && left.length < busy.length - 10, `${left.length} are left`);
        assert.deepEqual(
          left,
          busy.filter((body) => left.includes(body)),
          round,
        );
        assert.equal(left.at(-1), busy.at(-1));
        assert.equal(left[0], busy[0]);
        assert.deepEqual(await readBodies(store, 'idle'), idle, round);
        assert.ok(
          machine.logLines.some(
            ({ level, fields }) => level === 'error' && String(fields.path ?? fields.file).endsWith(name(FILE_BYTES)),
          ),
        );
        assert.equal((await putAndWait(store, { body: 'next' })).queueOffset, busy.length);
        busy.push('next');
        machine.killProcess();
      }
    });
  }

  test(`files made ahead, as Apache leaves them, do no harm, and the store was ${ending}`, async () => {
    const { machine, idle, busy } = await filled(ending);
    const last = Number(machine.names('commitlog').at(-1));
    for (const ahead of [1, 2]) {
      machine.disk.open(`${ROOT}/commitlog/${name(last + ahead * FILE_BYTES)}`, 'create').close();
      machine.truncate(`commitlog/${name(last + ahead * FILE_BYTES)}`, FILE_BYTES);
    }
    const store = await machine.start();
    assert.deepEqual(await readBodies(store), busy);
    assert.deepEqual(await readBodies(store, 'idle'), idle);
    busy.push(...(await fill(store, 50, 3000, 'T', busy.length)));
    assert.deepEqual(await readBodies(store), busy);
    assert.deepEqual(warnings(machine), []);
  });
}

test('foreign files and folders are left alone, with one warning each', async () => {
  const { machine, busy } = await filled('clean');
  const files = ['commitlog/a.txt', 'commitlog/00000000000000000007', 'consumequeue/b.txt', 'consumequeue/T/c.txt'];
  files.push(`${QUEUE}/d.txt`, `${QUEUE}/00000000000000000007`, 'e.txt', 'index/f.txt');
  const folders = ['commitlog/g', 'consumequeue/T/h', `${QUEUE}/i`, 'j', 'index/k'];
  for (const folder of [...folders, 'index']) machine.disk.makeDirectory(`${ROOT}/${folder}`);
  for (const file of files) {
    const open = machine.disk.open(`${ROOT}/${file}`, 'create');
    open.writeSync(Buffer.from('mine'), 0, 4, 0);
    open.close();
  }
  machine.logLines.length = 0;
  const store = await machine.start();
  assert.deepEqual(await readBodies(store), busy);
  for (const path of [...files, ...folders].filter((each) => !each.startsWith('index'))) {
    const logged = machine.logLines.filter(
      ({ level, fields }) => level === 'warn' && fields.path === `${ROOT}/${path}`,
    );
    assert.equal(logged.length, path.includes('/') ? 1 : 0, path);
  }
  await machine.clock.run(store.stop());
  for (const file of files) assert.equal(machine.read(file).toString(), 'mine');
});

test('a clock that was set back changes nothing in what a start finds', async () => {
  for (const ending of ['clean', 'killed'] as const) {
    const { machine, idle, busy } = await filled(ending);
    machine.clock.jumpWallClock(-1_000_000);
    let store = await machine.start();
    assert.deepEqual(await readBodies(store), busy);
    busy.push(...(await fill(store, 50, 3000, 'T', busy.length)));
    idle.push(...(await fill(store, 1, 100, 'idle', 3)));
    machine.killProcess();
    store = await machine.start();
    assert.deepEqual(await readBodies(store), busy);
    assert.deepEqual(await readBodies(store, 'idle'), idle);
    machine.killProcess();
  }
});
