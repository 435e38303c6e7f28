import { SeededRandom } from '../random.ts';
import type { Action, Ending, Plan } from './plan.ts';

const LIVES = { least: 2, most: 5 };
const STEPS = { least: 5, most: 60 };
const PREPARED = 0x4;

/** What the seed stands for: a machine and several lives of a store on it. */
export function planOf(seed: number): Plan {
  const random = new SeededRandom(seed);
  const settings = {
    seed,
    maxLatencyMs: random.pick([0, 2, 30]),
    writeBackChance: random.pick([0, 0.1, 0.5]),
    fileBytes: random.pick([8, 16, 64]) * 1024,
    queueFileBytes: random.pick([100, 400, 2000]),
  };
  const actions: Action[] = [];
  const lives = random.between(LIVES.least, LIVES.most);
  for (let life = 0; life < lives; life++) actions.push(...lifeOf(random));
  return { settings, operations: actions.map((action, number) => ({ number, action })) };
}

function lifeOf(random: SeededRandom): Action[] {
  const actions: Action[] = [
    {
      do: 'start',
      flush: random.pick(['SYNC_FLUSH', 'ASYNC_FLUSH']),
      thoroughMs: random.pick([1000, 10_000]),
      queueMs: random.pick([100, 1000]),
      queueThoroughMs: random.pick([500, 5000]),
    },
  ];
  const steps = random.between(STEPS.least, STEPS.most);
  for (let step = 0; step < steps; step++) actions.push(stepOf(random));
  const how = random.pick<Ending>(['stop', 'kill', 'kill', 'power loss']);
  actions.push({ do: 'end', how, ...(how === 'stop' && random.chance(0.5) ? { powerOff: true } : {}) });
  return actions;
}

function stepOf(random: SeededRandom): Action {
  const what = random.below(100);
  if (what < 45) return put(random);
  if (what < 55) {
    const sizes = Array.from({ length: random.between(1, 5) }, () => random.below(300));
    return { do: 'batch', ...place(random), sizes };
  }
  if (what < 75) return { do: 'read', ...place(random), from: random.below(101) / 100, count: random.between(1, 32) };
  if (what < 95) return { do: 'advance', ms: random.pick([0, 1, 5, 50, 200]) };
  if (what < 97) return { do: 'advance', ms: random.pick([1000, 4000, 12_000]) };
  if (what < 98) return { do: 'jump', ms: random.pick([-10_000, 10_000]) };
  if (what < 99) return fault(random);
  return { do: 'fault', operation: 'sync', path: 'commitlog', delayMs: 6000 };
}

function place(random: SeededRandom): { topic: string; queueId: number } {
  return { topic: random.pick(['A', 'B']), queueId: random.below(3) };
}

function put(random: SeededRandom): Action {
  return {
    do: 'put',
    ...place(random),
    bytes: random.chance(0.3) ? random.below(3000) : random.below(200),
    ...(random.chance(0.7) ? { tag: random.pick(['a', 'b', 'tag']) } : {}),
    ...(random.chance(0.05) ? { sysFlag: PREPARED } : {}),
    ...(random.chance(0.1) ? { impatient: true } : {}),
  };
}

function fault(random: SeededRandom): Action {
  return {
    do: 'fault',
    operation: random.pick(['write', 'sync', 'open']),
    path: random.pick(['commitlog', 'consumequeue']),
    code: random.pick(['EIO', 'ENOSPC']),
    skip: random.below(3),
  };
}
