import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ArrivalListener, QueueView } from '@rocketmq-ts/store';
import { LogLines, VirtualClock } from '@rocketmq-ts/testkit';
import { type HeldRequest, HeldRequests, type WaitKey } from '../src/hold/held-requests.ts';

const queueOf = (topic: string, queueId = 0): QueueView => ({ topic, queueId, maxOffset: 0 }) as QueueView;

/** A mechanism on a virtual clock; `arrive` is what the store does when messages of a queue became visible. */
function start(): { clock: VirtualClock; held: HeldRequests; log: LogLines; arrive: ArrivalListener } {
  const clock = new VirtualClock();
  const log = new LogLines();
  let arrive: ArrivalListener = () => assert.fail('nothing listens');
  const store = {
    onArrival: (listener: ArrivalListener): void => {
      arrive = listener;
    },
  };
  const held = new HeldRequests({ clock, logger: log.logger, store });
  held.start();
  return { clock, held, log, arrive: (queue) => arrive(queue) };
}

/** As a notification: it reads nothing, waits for any queue of a topic, and answers only whether there is something. */
class Notification implements HeldRequest {
  readonly waitsFor: readonly WaitKey[];
  readonly deadlineMs: number;
  readonly answers: boolean[] = [];
  abandoned = false;

  constructor(waitsFor: readonly WaitKey[], deadlineMs: number) {
    this.waitsFor = waitsFor;
    this.deadlineMs = deadlineMs;
  }

  wants(): boolean {
    return true;
  }

  wake(): void {
    this.answers.push(true);
  }

  expire(): void {
    this.answers.push(false);
  }
}

/** As a pull: it waits to pass an offset of one queue, and is held again where it found nothing. */
class Pull extends Notification {
  readonly #held: HeldRequests;
  readonly #offset: number;
  looks = 0;

  constructor(held: HeldRequests, queue: QueueView, offset: number, deadlineMs: number) {
    super([queue], deadlineMs);
    this.#held = held;
    this.#offset = offset;
  }

  override wants(queue?: QueueView): boolean {
    return (queue?.maxOffset ?? 0) > this.#offset;
  }

  override wake(): void {
    this.looks += 1;
    this.#held.hold(this);
  }
}

test('a request that waits for a topic is woken by any queue of it, one that waits for a queue by that queue', () => {
  const { held, arrive } = start();
  const queue = queueOf('T', 1);
  const ofTopic = new Notification(['T'], 1000);
  const ofQueue = new Notification([queue], 1000);
  const ofOther = new Notification(['U'], 1000);
  for (const request of [ofTopic, ofQueue, ofOther]) held.hold(request);
  arrive(queueOf('T', 0));
  assert.deepEqual([ofTopic.answers, ofQueue.answers, ofOther.answers], [[true], [], []]);
  arrive(queue);
  assert.deepEqual([ofTopic.answers, ofQueue.answers, ofOther.answers], [[true], [true], []]);
  assert.equal(held.count, 1);
});

test('a request that waits for several keys is woken once, by the first of them', () => {
  const { held, arrive } = start();
  const queue = queueOf('%RETRY%G_T');
  const request = new Notification(['T', queue.topic, queue], 1000);
  held.hold(request);
  arrive(queue);
  arrive(queueOf('T'));
  assert.deepEqual(request.answers, [true]);
  assert.equal(held.count, 0);
});

test('a request that does not want what arrived stays held, and one that is held again waits for the next arrival', () => {
  const { held, arrive } = start();
  const queue = { ...queueOf('T'), maxOffset: 5 };
  const ahead = new Pull(held, queue, 7, 1000);
  const behind = new Pull(held, queue, 4, 1000);
  held.hold(ahead);
  held.hold(behind);
  arrive(queue);
  assert.deepEqual([ahead.looks, behind.looks, held.count], [0, 1, 2]);
  arrive(Object.assign(queue, { maxOffset: 8 }));
  assert.deepEqual([ahead.looks, behind.looks, held.count], [1, 2, 2]);
});

test('at its deadline a request is answered, whatever it waits for', async () => {
  const { clock, held } = start();
  const queue = queueOf('T');
  const soon = new Notification(['T', queue], 500);
  const later = new Notification([queue], 5000);
  held.hold(soon);
  held.hold(later);
  await clock.advance(800);
  assert.deepEqual([soon.answers, later.answers, held.count], [[false], [], 1]);
  await clock.advance(5000);
  assert.deepEqual([later.answers, held.count], [[false], 0]);
});

test('a request whose client does not wait any more is dropped without a call', async () => {
  const { clock, held, arrive } = start();
  const [first, second] = [new Notification(['T'], 5000), new Notification(['U'], 5000)];
  held.hold(first);
  held.hold(second);
  first.abandoned = true;
  second.abandoned = true;
  arrive(queueOf('T'));
  assert.equal(held.count, 1);
  await clock.advance(400);
  assert.deepEqual([first.answers, second.answers, held.count], [[], [], 0]);
});

test('requests of a queue, and at the end all of them, are answered although nothing arrived', () => {
  const { held } = start();
  const queue = queueOf('T');
  const requests = [new Notification([queue], 1000), new Notification(['T'], 1000), new Notification(['U'], 1000)];
  for (const request of requests) held.hold(request);
  held.answerNow(queue);
  assert.deepEqual(
    requests.map(({ answers }) => answers),
    [[false], [false], []],
  );
  held.stop();
  assert.deepEqual(requests[2]?.answers, [false]);
});

test('above the limit a request is answered at once, with a line in the log', () => {
  const { held, log } = start();
  for (let i = 0; i < 200_000; i++) held.hold(new Notification(['T'], 1000));
  const beyond = new Notification(['T'], 1000);
  held.hold(beyond);
  assert.deepEqual([beyond.answers, held.count], [[false], 200_000]);
  assert.equal(log.with('too many requests are held').length, 1);
});
