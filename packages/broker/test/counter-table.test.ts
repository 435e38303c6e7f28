import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Growth } from '@rocketmq-ts/kernel';
import { STATS_TICK_MS, type StatsSpan } from '@rocketmq-ts/protocol';
import { CounterTable } from '../src/stats/counter-table.ts';
import { minuteLines } from '../src/stats/minute-lines.ts';

/** A table whose time moves by ticks, the first one at its start. */
class Ticking {
  nowMs = 5_000;
  readonly table = new CounterTable('c', () => false);

  constructor() {
    this.table.metrics.takeSnapshots(this.nowMs);
  }

  pass(ticks: number): void {
    for (let i = 0; i < ticks; i++) {
      this.nowMs += STATS_TICK_MS;
      this.table.metrics.takeSnapshots(this.nowMs);
    }
  }

  put(value: number, times = 1): void {
    this.table.topic('T').messages.add(value, times, value * 10);
  }

  growth(span: StatsSpan): Growth {
    return this.table.find('TOPIC_PUT_NUMS', 'T')!.growth(span);
  }
}

const HOUR = 360;

/** As Apache's StatsItem does it: a list of snapshots that begins with a zero one period before the first. */
class Model {
  readonly #kept: number;
  readonly #everyTicks: number;
  #list: { atMs: number; value: number; times: number }[] = [];

  constructor(everyTicks: number, kept: number) {
    this.#everyTicks = everyTicks;
    this.#kept = kept;
  }

  tick(tick: number, atMs: number, value: number, times: number): void {
    if (tick % this.#everyTicks !== 0) return;
    if (this.#list.length === 0) this.#list.push({ atMs: atMs - this.#everyTicks * STATS_TICK_MS, value: 0, times: 0 });
    this.#list.push({ atMs, value, times });
    if (this.#list.length > this.#kept) this.#list.shift();
  }

  get growth(): Growth {
    const [first, last] = [this.#list[0], this.#list.at(-1)];
    if (first === undefined || last === undefined) return { sum: 0, tps: 0, avgpt: 0 };
    const sum = last.value - first.value;
    const times = last.times - first.times;
    return { sum, tps: (sum * 1000) / (last.atMs - first.atMs), avgpt: times > 0 ? sum / times : 0 };
  }
}

test('a counter grows as a list of all snapshots would have it, whatever happens when', () => {
  let state = 7;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
  for (let round = 0; round < 60; round++) {
    const ticking = new Ticking();
    const models = { minute: new Model(1, 7), hour: new Model(60, 7), day: new Model(HOUR, 25) };
    let value = 0;
    let times = 0;
    const begins = random(100);
    const rest = 1 + random(500);
    for (let tick = 1; tick < 3 * HOUR; tick++) {
      if (tick >= begins && (tick === begins || random(rest) === 0)) {
        const more = 1 + random(9);
        ticking.put(more);
        value += more;
        times += 1;
      }
      ticking.pass(1);
      if (times === 0) continue;
      for (const span of ['minute', 'hour', 'day'] as const) {
        models[span].tick(tick, ticking.nowMs, value, times);
        const growth = ticking.growth(span);
        assert.deepEqual(growth, models[span].growth, `round ${round}, tick ${tick}, ${span}`);
        assert.equal(ticking.table.find('TOPIC_PUT_SIZE', 'T')?.growth(span).sum, growth.sum * 10);
      }
    }
  }
});

test('a day is let go of after 24 hours', () => {
  const ticking = new Ticking();
  ticking.put(112);
  ticking.pass(HOUR);
  ticking.put(5);
  ticking.pass(23 * HOUR);
  assert.equal(ticking.growth('day').sum, 117);
  ticking.pass(HOUR);
  assert.equal(ticking.growth('day').sum, 5);
  ticking.pass(HOUR);
  assert.deepEqual(ticking.growth('day'), { sum: 0, tps: 0, avgpt: 0 });
});

test('counters whose calls are not counted have no average', () => {
  const ticking = new Ticking();
  ticking.put(30, 0);
  ticking.pass(1);
  assert.deepEqual(ticking.growth('minute'), { sum: 30, tps: 3, avgpt: 0 });
});

test('names that are members of every object are no counters', () => {
  const { table } = new Ticking();
  for (const name of ['constructor', '__proto__', 'NOPE']) assert.equal(table.find(name, 'toString'), undefined);
  for (const key of ['length@T', '-1@T', '0', '@', '1e3@T'])
    assert.equal(table.find('TOPIC_PUT_LATENCY', key), undefined);
});

test('the lines of a minute are those that operators grep for, and only of what moved', () => {
  const ticking = new Ticking();
  ticking.put(3, 2);
  ticking.pass(1);
  const lines = () => [...minuteLines(ticking.table)].filter((line) => line !== undefined);
  assert.deepEqual(lines(), [
    '[TOPIC_PUT_NUMS] [T] Stats In One Minute, SUM: 3 TPS: 0.30 AVGPT: 1.50',
    '[TOPIC_PUT_SIZE] [T] Stats In One Minute, SUM: 30 TPS: 3.00 AVGPT: 15.00',
  ]);
  ticking.pass(6);
  assert.deepEqual(lines(), []);
});
