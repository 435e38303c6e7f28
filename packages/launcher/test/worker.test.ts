import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { silentLogger } from '@rocketmq-ts/kernel';
import { VirtualClock } from '@rocketmq-ts/testkit';
import type { FromWorker, ToWorker, WorkerThreadEvents } from '../src/workers/messages.ts';
import { FIRST_RESTART_MS, HEALTH_WAIT_MS, LONGEST_RESTART_MS, Worker } from '../src/workers/worker.ts';
import { WorkerGroup } from '../src/workers/worker-group.ts';

/** A thread that the test plays. */
class Thread {
  readonly asked: ToWorker['kind'][] = [];
  readonly #events: WorkerThreadEvents;

  constructor(events: WorkerThreadEvents) {
    this.#events = events;
  }

  post(message: ToWorker): void {
    this.asked.push(message.kind);
  }

  says(message: FromWorker): void {
    this.#events.message(message);
  }

  started(): void {
    this.says({ kind: 'started', bootLine: 'boot success' });
  }

  ends(reason = 'its thread ended with code 1'): void {
    this.#events.exit(reason);
  }
}

let clock: VirtualClock;
let threads: Thread[];
let reports: string[];
let lines: string[];

beforeEach(() => {
  clock = new VirtualClock();
  threads = [];
  reports = [];
  lines = [];
});

function makeWorker(name = 'broker-a-w1'): Worker {
  return new Worker({
    ...{ name, clock, logger: silentLogger },
    report: (sentence) => reports.push(sentence),
    appendLog: (file, line) => lines.push(`${file}: ${line}`),
    spawn: (events) => {
      const thread = new Thread(events);
      threads.push(thread);
      return thread;
    },
  });
}

async function running(): Promise<Worker> {
  const worker = makeWorker();
  const started = worker.start();
  last().started();
  await started;
  return worker;
}

const last = (): Thread => threads.at(-1)!;

test('a worker starts with its boot line; its lines go to the logs, its sentences to the console with its name', async () => {
  const worker = makeWorker();
  const started = worker.start();
  last().says({ kind: 'log', name: 'store', line: 'opened', atOnce: false });
  last().says({ kind: 'report', sentence: 'no name server' });
  last().started();
  assert.equal(await started, 'boot success');
  assert.deepEqual([lines, reports], [['store: opened'], ['broker-a-w1: no name server']]);
});

test('a first start that fails is the operator’s to mend: it is not tried again, and names the worker', async () => {
  const worker = makeWorker();
  const started = worker.start();
  last().says({ kind: 'failed', line: 'port 10915 is in use' });
  last().ends();
  await assert.rejects(started, { code: 'WORKER_FAILED', message: 'broker-a-w1: port 10915 is in use' });
  await clock.advance(LONGEST_RESTART_MS);
  assert.equal(threads.length, 1);
  await worker.stop();
});

test('a worker that ends by itself is started anew after a second, visibly', async () => {
  await running();
  last().ends('out of memory');
  assert.match(reports[0]!, /broker-a-w1 ended by itself \(out of memory\); it is started anew in 1 s/);
  await clock.advance(FIRST_RESTART_MS - 1);
  assert.equal(threads.length, 1);
  await clock.advance(1);
  assert.equal(threads.length, 2);
  last().started();
  assert.match(reports[1]!, /broker-a-w1 runs again/);
});

test('one that keeps ending is started less and less often, one that ran for long begins again at a second', async () => {
  await running();
  const waits: number[] = [];
  for (let round = 0; round < 8; round++) {
    const before = threads.length;
    last().ends();
    let waitedMs = 0;
    for (; threads.length === before; waitedMs += 500) await clock.advance(500);
    waits.push(waitedMs);
  }
  assert.deepEqual(waits, [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
  last().started();
  await clock.advance(10 * 60_000);
  last().ends();
  await clock.advance(FIRST_RESTART_MS);
  assert.equal(threads.length, 10);
});

test('a stop asks the thread and waits for its end; between two starts there is nothing to wait for', async () => {
  const worker = await running();
  const stopped = worker.stop();
  assert.deepEqual(last().asked, ['stop']);
  last().says({ kind: 'stopped', problem: undefined });
  last().ends();
  await stopped;
  await clock.advance(LONGEST_RESTART_MS);
  assert.equal(threads.length, 1);

  const crashed = await running();
  last().ends();
  await crashed.stop();
  await clock.advance(LONGEST_RESTART_MS);
  assert.equal(threads.length, 2);
});

test('a stop during the first start is no failed start', async () => {
  const worker = makeWorker();
  const started = worker.start().then(
    () => 'runs',
    () => 'failed',
  );
  const stopped = worker.stop();
  last().ends();
  await stopped;
  assert.equal(await Promise.race([started, Promise.resolve('open')]), 'open');
});

test('a stop that failed in the thread is a failed stop', async () => {
  const worker = await running();
  const stopped = worker.stop();
  last().says({ kind: 'stopped', problem: 'no space' });
  last().ends();
  await assert.rejects(stopped, /broker-a-w1: no space/);
});

test('a worker answers for its health; one that does not answer has a defect, one that is down is not ready', async () => {
  const worker = await running();
  const asked = worker.health();
  last().says({ kind: 'health', health: { defects: [], unready: ['no name server knows it'] } });
  assert.deepEqual(await asked, { defects: [], unready: ['no name server knows it'] });

  const late = worker.health();
  await clock.advance(HEALTH_WAIT_MS);
  assert.match((await late).defects[0]!, /event loop/);

  last().ends('boom');
  const { defects, unready } = await worker.health();
  assert.deepEqual(defects, []);
  assert.match(unready[0]!, /ended: boom/);
  assert.equal(clock.pendingTimers, 1);
});

test('when one of a group can not start, the others are stopped and its reason rises', async () => {
  const group = new WorkerGroup([makeWorker('broker-a'), makeWorker('broker-a-w1')]);
  const started = group.start();
  threads[0]!.started();
  threads[1]!.says({ kind: 'failed', line: 'the store is locked' });
  threads[1]!.ends();
  const failed = assert.rejects(started, /broker-a-w1: the store is locked/);
  await clock.advance(0);
  assert.deepEqual(threads[0]!.asked, ['stop']);
  threads[0]!.ends();
  await failed;
});
