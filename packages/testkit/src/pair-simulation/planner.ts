import { SeededRandom } from '@rocketmq-ts/testing/simulated';
import type { PairAction, PairPlan, PairSettings, Side } from './plan.ts';

const TOPICS = ['A', 'B', 't'.repeat(120)];
const LEAST_OPERATIONS = 40;
const MOST_OPERATIONS = 140;

/** What a seed makes. */
export function pairPlanOf(seed: number): PairPlan {
  const random = new SeededRandom(seed);
  const settings: PairSettings = {
    seed,
    maxLatencyMs: random.pick([0, 2, 20]),
    writeBackChance: random.pick([0, 0.3, 1]),
    fileBytes: random.pick([8 * 1024, 16 * 1024, 64 * 1024]),
    flush: random.pick(['SYNC_FLUSH', 'SYNC_FLUSH', 'ASYNC_FLUSH']),
    visible: random.pick(['own', 'confirmed']),
  };
  const count = random.between(LEAST_OPERATIONS, MOST_OPERATIONS);
  const actions: PairAction[] = [
    { do: 'start', side: 0 },
    { do: 'start', side: 1 },
    ...Array.from({ length: count }, () => someAction(random, settings)),
  ];
  return { settings, operations: actions.map((action, number) => ({ number, action })) };
}

function someAction(random: SeededRandom, { flush }: PairSettings): PairAction {
  const side = random.below(2) as Side;
  const kind = random.below(100);
  if (kind < 28) {
    return {
      do: 'put',
      topic: random.pick(TOPICS),
      queueId: random.below(2),
      bytes: random.chance(0.1) ? random.between(1000, 3000) : random.below(300),
      count: random.pick([1, 1, 3, 10]),
      waits: random.chance(0.8),
    };
  }
  if (kind < 46) return { do: 'transfer', share: random.pick([0.3, 0.7, 1, 1]) };
  if (kind < 58) return { do: 'ack' };
  if (kind < 72) return { do: 'advance', ms: random.pick([0, 1, 10, 200, 1000, 4000]) };
  if (kind < 78) return { do: 'start', side };
  if (kind < 84) {
    const how =
      flush === 'SYNC_FLUSH' ? random.pick(['stop', 'kill', 'power'] as const) : random.pick(['stop', 'kill'] as const);
    return { do: 'end', side, how };
  }
  if (kind < 89) return { do: 'promise', acknowledge: random.pick(['wait', 'wait', 'none', 'unavailable']) };
  if (kind < 91) return { do: 'leave' };
  if (kind < 95) return { do: 'switch' };
  if (kind < 96) return { do: 'fault', side, times: random.pick([1, 3]) };
  return { do: 'read', side };
}
