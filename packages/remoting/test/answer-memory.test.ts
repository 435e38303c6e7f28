import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AnswerMemory, type Call } from '@rocketmq-ts/remoting';
import { AnswerAccount } from '../src/memory/answer-memory.ts';
import { ECHO, type ScriptedPeer, Stage } from './stage.ts';

/** Time that moves only when a test moves it; the test ends turns as well. */
class TurnClock {
  nowMs = 0;
  #tasks: (() => void)[] = [];
  monotonicMs(): number {
    return this.nowMs;
  }
  endOfTurn(task: () => void): void {
    this.#tasks.push(task);
  }
  nextTurn(): void {
    for (const task of this.#tasks.splice(0)) task();
  }
}

class Peer {
  unsentBytes = 0;
  served = 0;
  readonly began: string[] = [];
  readonly account: AnswerAccount;

  constructor(memory: AnswerMemory, limitBytes = 100) {
    this.account = new AnswerAccount(memory, limitBytes, this, () => {
      this.served += 1;
    });
  }

  /** Begins work with this name, or has it wait. */
  ask(bytes: number, name: string): boolean {
    const taken = this.account.reserve(bytes);
    if (taken) this.began.push(name);
    else this.account.whenReserved(bytes, () => this.began.push(name));
    return taken;
  }
}

test('work counts from its beginning; what crosses the limit of its connection waits until something is released', () => {
  const memory = new AnswerMemory(new TurnClock(), 10_000);
  const peer = new Peer(memory);
  assert.deepEqual([peer.ask(60, 'a'), peer.ask(60, 'b'), peer.ask(10, 'c')], [true, true, false]);
  assert.equal(memory.usedBytes, 120);
  peer.account.release(60);
  assert.deepEqual(peer.began, ['a', 'b', 'c']);
  assert.equal(memory.usedBytes, 70);
  assert.deepEqual([peer.served, peer.account.isWaiting], [1, false]);
});

test('what a peer does not read counts like work that is under way', () => {
  const memory = new AnswerMemory(new TurnClock(), 10_000);
  const peer = new Peer(memory);
  peer.unsentBytes = 100;
  peer.account.count();
  assert.equal(memory.usedBytes, 100);
  assert.equal(peer.ask(1, 'a'), false);
  peer.unsentBytes = 40;
  peer.account.count();
  assert.deepEqual(peer.began, ['a']);
  assert.equal(memory.usedBytes, 41);
});

test('many peers that do not read cannot use the half that is reserved for connections which hold no memory', () => {
  const memory = new AnswerMemory(new TurnClock(), 1000);
  const hogs = Array.from({ length: 20 }, () => new Peer(memory));
  for (let round = 0; round < 5; round++) for (const hog of hogs) hog.ask(30, `round ${round}`);
  // One answer for each is under way, and second ones until half of the memory was used.
  assert.ok(memory.usedBytes >= 600 && memory.usedBytes < 640, `${memory.usedBytes}`);
  assert.equal(new Peer(memory).ask(30, 'x'), true);
});

test('a full memory lets connections begin in turn as it is released, not all work of one before the next', () => {
  const memory = new AnswerMemory(new TurnClock(), 100);
  const first = new Peer(memory, 1000);
  assert.equal(first.ask(100, 'first'), true);
  const peers = [new Peer(memory), new Peer(memory)];
  for (const name of ['a', 'b']) for (const peer of peers) assert.equal(peer.ask(10, name), false);
  assert.equal(memory.isShort, true);
  first.account.release(100);
  // The second ones may begin as well, since less than half is used.
  assert.deepEqual(
    peers.map((peer) => peer.began),
    [
      ['a', 'b'],
      ['a', 'b'],
    ],
  );
  assert.equal(memory.usedBytes, 40);
});

test('what a closed connection asked for never begins, and what it did not read is released', () => {
  const memory = new AnswerMemory(new TurnClock(), 1000);
  const peer = new Peer(memory);
  peer.ask(100, 'a');
  peer.ask(100, 'b');
  peer.unsentBytes = 50;
  peer.account.count();
  peer.account.close();
  assert.equal(memory.usedBytes, 100);
  peer.account.release(100);
  assert.deepEqual([peer.began, memory.usedBytes], [['a'], 0]);
  peer.account.whenReserved(1, () => assert.fail('it is closed'));
});

test('a turn that has made large answers for long leaves the rest to the next turns, at least one to each', () => {
  const clock = new TurnClock();
  const memory = new AnswerMemory(clock, 10_000);
  const peer = new Peer(memory, 10_000);
  assert.equal(peer.ask(1, 'a'), true);
  clock.nowMs += 100;
  assert.deepEqual([peer.ask(1, 'b'), peer.ask(1, 'c')], [false, false]);
  clock.nextTurn();
  assert.deepEqual(peer.began, ['a', 'b', 'c']);
  clock.nextTurn();
  assert.equal(peer.ask(1, 'd'), true);
});

const LARGE = 40_000;

function ask(peer: ScriptedPeer, opaques: readonly number[]): void {
  peer.send(...opaques.map((opaque) => ({ code: ECHO.code, opaque, extFields: { text: 'x', delay: String(LARGE) } })));
}

/** A server whose answers have as many bytes as the request asks for. */
async function serving(limits: { pauseReadingAtBytes: number; maxAnswerBytes: number }) {
  const stage = new Stage();
  const server = stage.server({ limits });
  let calls = 0;
  server.handle(ECHO, (call) => {
    calls += 1;
    call.answer({ text: call.header.text }, { body: Buffer.alloc(call.header.delay ?? 0) });
  });
  await server.start();
  return { stage, server, calls: () => calls };
}

test('requests whose answers are known to be large wait for memory before their handlers are called', async () => {
  const { stage, server, calls } = await serving({ pauseReadingAtBytes: 1_000_000, maxAnswerBytes: 10 * LARGE });
  const hogs = await Promise.all(Array.from({ length: 30 }, () => stage.peer(server.port)));
  for (const hog of hogs) {
    hog.connection.pauseReading();
    ask(hog, [0, 1, 2]);
  }
  for (let turn = 0; turn < 20; turn++) await stage.settled();
  assert.ok(calls() <= 11, `${calls()} answers were made`);
  // A small request is served nevertheless.
  const other = await stage.peer(server.port);
  other.send({ code: ECHO.code, opaque: 7, extFields: { text: 'y' } });
  await stage.settled();
  hogs[0]!.connection.resumeReading();
  for (const hog of hogs) hog.connection.resumeReading();
  for (let turn = 0; turn < 100; turn++) await stage.settled();
  assert.ok(hogs.every((hog) => hog.frames.length === 3));
  assert.equal(other.frames.length, 1);
  await server.stop();
});

test('peers that read nothing are closed when others wait for the memory of their answers, and only then', async () => {
  const { stage, server } = await serving({ pauseReadingAtBytes: 1_000_000, maxAnswerBytes: 10 * LARGE });
  const alone = await stage.peer(server.port);
  alone.connection.pauseReading();
  ask(alone, [0]);
  await stage.settled();
  await stage.clock.advance(60_000);
  assert.equal(alone.isClosed, false);
  const hogs = await Promise.all(Array.from({ length: 20 }, () => stage.peer(server.port)));
  for (const hog of hogs) {
    hog.connection.pauseReading();
    ask(hog, [1]);
  }
  await stage.settled();
  const reader = await stage.peer(server.port);
  ask(reader, [9]);
  for (let turn = 0; turn < 10; turn++) await stage.clock.advance(1000);
  assert.equal(reader.frames.length, 1);
  // A peer that does not read does not see the end either.
  for (const hog of hogs) hog.connection.resumeReading();
  await stage.settled();
  assert.ok(hogs.filter((hog) => hog.isClosed).length >= 10);
  assert.match(String(stage.lines.find((line) => line.sentence.includes('closed'))?.fields?.reason), /not read/);
  for (const hog of [alone, ...hogs]) hog.connection.destroy();
  await server.stop();
});

test('while half of the memory is used, a connection that does not read has only a few requests served', async () => {
  const { stage, server, calls } = await serving({ pauseReadingAtBytes: 1_000_000, maxAnswerBytes: 4 * LARGE });
  const hogs = await Promise.all([stage.peer(server.port), stage.peer(server.port)]);
  for (const hog of hogs) {
    hog.connection.pauseReading();
    ask(hog, [0, 1]);
  }
  await stage.settled();
  const before = calls();
  const small = await stage.peer(server.port);
  small.connection.pauseReading();
  for (let i = 0; i < 100; i++) {
    small.send(...Array.from({ length: 10 }, () => ({ code: ECHO.code, extFields: { text: 'z'.repeat(1000) } })));
    await stage.settled();
  }
  assert.ok(calls() - before < 40, `${calls() - before} of 1000 requests were served`);
  for (const peer of [...hogs, small]) peer.connection.destroy();
  await server.stop();
});

test('the end of a peer whose requests wait is noticed, and nothing is done for them', async () => {
  const { stage, server, calls } = await serving({ pauseReadingAtBytes: 1_000_000, maxAnswerBytes: 2 * LARGE });
  const reader = await stage.peer(server.port);
  reader.connection.pauseReading();
  ask(reader, [0, 1, 2, 3]);
  await stage.settled();
  const leaver = await stage.peer(server.port);
  ask(leaver, [4, 5, 6]);
  await stage.settled();
  const before = calls();
  leaver.connection.destroy();
  await stage.settled();
  assert.equal(server.connectionCount, 1);
  reader.connection.resumeReading();
  for (let turn = 0; turn < 20; turn++) await stage.settled();
  assert.equal(reader.frames.length, 4);
  assert.ok(calls() - before <= 4, 'none of its requests was served');
  await server.stop();
});

test('work is abandoned for a request whose answer would not be sent: it is one-way, or its connection is closed', async () => {
  const stage = new Stage();
  const server = stage.server();
  const calls: Call<typeof ECHO>[] = [];
  server.handle(ECHO, (call) => void calls.push(call));
  await server.start();
  const peer = await stage.peer(server.port);
  peer.send({ code: ECHO.code, flag: 2, extFields: { text: 'x' } }, { code: ECHO.code, extFields: { text: 'x' } });
  await stage.settled();
  assert.deepEqual(
    calls.map((call) => call.abandoned),
    [true, false],
  );
  peer.connection.destroy();
  await stage.settled();
  assert.equal(calls[1]!.abandoned, true);
  await server.stop();
});
