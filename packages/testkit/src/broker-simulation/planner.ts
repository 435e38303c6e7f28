import { SeededRandom } from '@rocketmq-ts/testing/simulated';
import type { BrokerAction, BrokerPlan, BrokerSettings } from './plan.ts';

const LIVES = { least: 2, most: 4 };
const STEPS = { least: 4, most: 24 };
const TOPICS = ['A', 'B', 'C', 'D'] as const;
const GROUPS = ['G', 'H'] as const;
const FILES = ['topics', 'subscriptionGroup', 'consumerOffset', 'delayOffset'] as const;

/** What a seed makes: a machine and several lives of a broker on it. */
export function brokerPlanOf(seed: number): BrokerPlan {
  const random = new SeededRandom(seed);
  const settings: BrokerSettings = {
    seed,
    diskLatencyMs: random.pick([0, 2, 20]),
    networkLatencyMs: random.pick([0, 1, 5]),
    writeBackChance: random.pick([0, 0.1, 0.5]),
    smallFileMs: random.pick([0, 0, 50, 300]),
    logFlushMs: random.pick([500, 30_000]),
  };
  const themes: Themes = {
    faults: random.chance(0.3),
    deaths: random.chance(0.4),
    damage: random.chance(0.25),
    deletion: random.chance(0.4),
  };
  const actions: BrokerAction[] = [];
  const lives = random.between(LIVES.least, LIVES.most);
  for (let life = 0; life < lives; life++) actions.push(...lifeOf(random, themes));
  return { settings, operations: actions.map((action, number) => ({ number, action })) };
}

interface Themes {
  readonly faults: boolean;
  readonly deaths: boolean;
  readonly damage: boolean;
  readonly deletion: boolean;
}

function lifeOf(random: SeededRandom, themes: Themes): BrokerAction[] {
  const actions: BrokerAction[] = [];
  if (themes.damage && random.chance(0.6)) {
    actions.push({
      do: 'damage',
      file: random.pick(FILES),
      copy: random.pick(['', '', '.bak']),
      how: random.pick(['empty', 'zeros', 'half', 'other kind', 'missing', 'folder']),
    });
  }
  // A death in the middle of a start.
  if (themes.deaths && random.chance(0.2)) {
    actions.push({ do: 'die', calls: random.between(1, 30), how: random.pick(['kill', 'power loss']) }, start(random));
  }
  actions.push(start(random));
  const steps = random.between(STEPS.least, STEPS.most);
  for (let step = 0; step < steps; step++) actions.push(stepOf(random, themes));
  if (random.chance(0.5)) actions.push({ do: 'answers' });
  const how = random.pick(['stop', 'kill', 'kill', 'power loss', 'power loss'] as const);
  actions.push({ do: 'end', how, ...(how === 'stop' && random.chance(0.5) ? { powerOff: true } : {}) });
  return actions;
}

function start(random: SeededRandom): BrokerAction {
  return { do: 'start', flush: random.pick(['SYNC_FLUSH', 'ASYNC_FLUSH']) };
}

function stepOf(random: SeededRandom, themes: Themes): BrokerAction {
  const rare = random.below(100);
  if (rare < 8 && themes.deletion) {
    return random.chance(0.7)
      ? { do: 'untopic', topic: random.pick(TOPICS) }
      : { do: 'ungroup', group: random.pick(GROUPS) };
  }
  if (rare < 14 && themes.deaths) {
    return { do: 'die', calls: random.between(1, 60), how: random.pick(['kill', 'power loss']) };
  }
  if (rare < 20 && themes.faults) return fault(random);
  const what = random.below(100);
  if (what < 36) return send(random);
  if (what < 42) return { do: 'batch', ...place(random), count: random.between(1, 4) };
  if (what < 50)
    return {
      do: 'back',
      group: group(random),
      topic: topic(random),
      share: share(random),
      ...(random.chance(0.3) ? { dead: true } : {}),
    };
  if (what < 62)
    return { do: 'commit', group: group(random), ...place(random), share: random.pick([1, 1, share(random)]) };
  if (what < 68) return { do: 'join', group: group(random) };
  if (what < 73) return { do: 'topic', topic: topic(random), queues: random.between(3, 6) };
  if (what < 77) return { do: 'group', group: group(random), retryQueues: random.between(1, 3) };
  if (what < 83) return { do: 'answers' };
  return { do: 'advance', ms: random.pick([0, 1, 3, 10, 60, 400, 1500, 6000, 11_000]) };
}

function send(random: SeededRandom): BrokerAction {
  const bytes = random.chance(0.2) ? random.below(3000) : random.below(200);
  return { do: 'send', ...place(random), bytes, ...(random.chance(0.2) ? { level: random.between(1, 2) } : {}) };
}

function fault(random: SeededRandom): BrokerAction {
  if (random.chance(0.3)) return { do: 'fault', operation: 'syncDirectory', times: 1000 };
  return {
    do: 'fault',
    operation: random.pick(['write', 'sync', 'rename', 'syncDirectory']),
    code: random.pick(['EDQUOT', 'ENOSPC', 'EIO']),
    times: random.pick([1, 1, 4]),
  };
}

const topic = (random: SeededRandom): string => random.pick(TOPICS);
const group = (random: SeededRandom): string => random.pick(GROUPS);
const share = (random: SeededRandom): number => random.below(101) / 100;
const place = (random: SeededRandom): { topic: string; queueId: number } => ({
  topic: topic(random),
  queueId: random.below(3),
});
