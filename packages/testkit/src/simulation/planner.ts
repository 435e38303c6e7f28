import { SeededRandom } from '@rocketmq-ts/testing/simulated';
import type { Action, Damage, Ending, Fault, Plan, PlanSettings, Put, Query, Start } from './plan.ts';

const LIVES = { least: 2, most: 4 };
const STEPS = { least: 5, most: 60 };
const PREPARED = 0x4;
const LEVELS = 3;
const HOUR_MS = 3_600_000;
const JUMPS_MS = [-HOUR_MS, HOUR_MS, -HOUR_MS, 24 * 365 * 24 * HOUR_MS, -24 * 365 * 24 * HOUR_MS];
const DISK_FILES = 12;
const BATCH_QUEUES_SEED = 0x42435121;
const REPLICATION_SEED = 0x51a7e;

/** What a seed makes: a machine and several lives of a store on it. */
export function planOf(seed: number): Plan {
  const random = new SeededRandom(seed);
  const fileBytes = random.pick([8, 8, 16, 64]) * 1024;
  const settings: PlanSettings = {
    seed,
    maxLatencyMs: random.pick([0, 2, 30]),
    writeBackChance: random.pick([0, 0.1, 0.5]),
    fileBytes,
    queueFileBytes: random.pick([100, 400, 2000]),
    ...(random.chance(0.25) ? { diskBytes: DISK_FILES * fileBytes } : {}),
    // From a source of its own, as replication is.
    ...(new SeededRandom(seed ^ BATCH_QUEUES_SEED).chance(0.3) ? { batchQueues: true } : {}),
  };
  // Not everything in every history: what happens often hides what happens rarely.
  const fullDisk = settings.diskBytes !== undefined;
  const expiry = random.chance(0.25);
  const themes: Themes = {
    fullDisk,
    expiry,
    damage: random.chance(0.25),
    deletion: random.chance(0.25),
    failingStarts: random.chance(0.25),
    // What is old enough to be removed is known only where clocks are never set back.
    clocks: !fullDisk && !expiry && random.chance(0.4),
    // From a source of its own, so that plans of other themes are what they were.
    replication: new SeededRandom(seed ^ REPLICATION_SEED).chance(0.15),
  };
  const actions: Action[] = [];
  const lives = random.between(LIVES.least, LIVES.most);
  for (let life = 0; life < lives; life++) actions.push(...lifeOf(random, themes));
  return { settings, operations: actions.map((action, number) => ({ number, action })) };
}

interface Themes {
  readonly fullDisk: boolean;
  readonly expiry: boolean;
  readonly damage: boolean;
  readonly deletion: boolean;
  readonly failingStarts: boolean;
  /** Not only seconds: hours, and to another time altogether. */
  readonly clocks: boolean;
  readonly replication: boolean;
}

function lifeOf(random: SeededRandom, themes: Themes): Action[] {
  const actions: Action[] = [];
  if (themes.damage && random.chance(0.5)) actions.push(damage(random));
  if (themes.failingStarts && random.chance(0.3)) actions.push({ ...start(random, themes), fault: startFault(random) });
  actions.push(start(random, themes));
  const steps = random.between(STEPS.least, STEPS.most);
  for (let step = 0; step < steps; step++) actions.push(stepOf(random, themes));
  // What the power took and what is damaged beside it can together look like the end of the log.
  const how = random.pick<Ending>(['stop', 'kill', 'kill', themes.damage ? 'kill' : 'power loss']);
  actions.push({ do: 'end', how, ...(how === 'stop' && random.chance(0.5) ? { powerOff: true } : {}) });
  return actions;
}

function start(random: SeededRandom, { replication }: Themes): Start {
  return {
    do: 'start',
    flush: random.pick(['SYNC_FLUSH', 'ASYNC_FLUSH']),
    thoroughMs: random.pick([1000, 10_000]),
    queueMs: random.pick([100, 1000]),
    queueThoroughMs: random.pick([500, 5000]),
    ...(replication ? { replication } : {}),
  };
}

function stepOf(random: SeededRandom, themes: Themes): Action {
  const rare = random.below(100);
  if (rare < 5 && themes.fullDisk) return { do: 'occupy', share: random.pick([0, 0, 0.6, 0.86, 0.95, 1]) };
  if (rare < 8 && themes.expiry) return { do: 'clean', hours: random.pick([1, 40, 80]) };
  if (rare < 12 && themes.clocks) return { do: 'jump', ms: random.pick(JUMPS_MS) };
  if (rare < 10 && themes.deletion) return { do: 'drop', topic: random.pick(['A', 'B']) };
  if (rare >= 12 && rare < 30 && themes.replication) return { do: 'slave', share: random.pick([0.5, 0.9, 1, 1]) };
  const what = random.below(1000);
  if (what < 450) return put(random);
  if (what < 540) {
    const sizes = Array.from({ length: random.between(1, 5) }, () => random.below(300));
    return { do: 'batch', ...place(random), sizes };
  }
  if (what < 700) return { do: 'read', ...place(random), from: random.below(101) / 100, count: random.between(1, 32) };
  if (what < 730) return { do: 'time', ...place(random), at: random.below(100) / 100, ms: random.pick([-1, 0, 0, 1]) };
  if (what < 740) return { do: 'verify' };
  if (what < 770) return query(random);
  if (what < 950) return { do: 'advance', ms: random.pick([0, 1, 5, 50, 200]) };
  if (what < 970) return { do: 'advance', ms: random.pick([1000, 4000, 12_000]) };
  if (what < 980) return { do: 'jump', ms: random.pick([-10_000, 10_000]) };
  if (what < 990) return fault(random);
  return { do: 'fault', operation: 'sync', path: 'commitlog', delayMs: 6000 };
}

function place(random: SeededRandom): { topic: string; queueId: number } {
  return { topic: random.pick(['A', 'A', 'B']), queueId: random.below(3) };
}

function put(random: SeededRandom): Put {
  const message = {
    do: 'put',
    ...place(random),
    bytes: random.chance(0.3) ? random.below(3000) : random.below(200),
    ...(random.chance(0.7) ? { tag: random.pick(['a', 'b', 'tag']) } : {}),
    ...(random.chance(0.3) ? { keys: random.pick(['k', 'k l', 'order']) } : {}),
    ...(random.chance(0.05) ? { sysFlag: PREPARED } : random.chance(0.05) ? { level: random.between(1, LEVELS) } : {}),
    ...(random.chance(0.1) ? { noWait: true } : {}),
    ...(random.chance(0.1) ? { glued: random.pick(['double', 'open', 'inner'] as const) } : {}),
  } as const;
  return { ...message, ...(message.bytes % 5 === 0 ? { raw: true } : {}) };
}

function query(random: SeededRandom): Query {
  return {
    do: 'query',
    topic: place(random).topic,
    key: random.pick(['k', 'l', 'order']),
    maxNum: random.pick([1, 3, 1000]),
  };
}

function fault(random: SeededRandom): Fault {
  return {
    do: 'fault',
    operation: random.pick(['write', 'sync', 'open']),
    path: random.pick(['commitlog', 'consumequeue', 'index']),
    code: random.pick(['EIO', 'ENOSPC', 'EDQUOT', 'EMFILE']),
    skip: random.below(3),
  };
}

function startFault(random: SeededRandom): Omit<Fault, 'do'> {
  return {
    operation: random.pick(['write', 'sync', 'open', 'read']),
    path: random.pick(['commitlog', 'consumequeue', '/store']),
    code: random.pick(['EIO', 'ENOSPC', 'EDQUOT', 'EMFILE']),
    skip: random.below(8),
  };
}

function damage(random: SeededRandom): Damage {
  const target = random.pick(['commitlog', 'consumequeue', 'index'] as const);
  const how =
    target === 'commitlog'
      ? random.pick(['flip', 'zero', 'zero page', 'foreign'] as const)
      : random.pick(['cut', 'longer', 'remove', 'foreign', 'flip', 'zero', 'swap'] as const);
  return { do: 'damage', target, how, at: random.below(100) / 100 };
}
