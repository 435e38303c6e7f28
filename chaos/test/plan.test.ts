import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Member, PlannedFault, PlanView } from '../src/faults/fault.ts';
import { makePlan } from '../src/faults/plan.ts';
import { faultKind, faultKinds } from '../src/faults/table.ts';

const broker = (name: string, id: number): Member => ({
  name: `${name}.${id}`,
  kind: 'broker',
  broker: name,
  brokerId: id,
});
const view: PlanView = {
  members: [
    { name: 'namesrv.0', kind: 'namesrv' },
    { name: 'namesrv.1', kind: 'namesrv' },
    broker('broker-a', 0),
    broker('broker-a', 1),
    broker('broker-b', 0),
    broker('broker-b', 1),
    { name: 'watch', kind: 'watch' },
    { name: 'consumer.0', kind: 'consumer' },
    { name: 'producer.0', kind: 'producer' },
  ],
  flush: 'SYNC_FLUSH',
  failover: false,
  survivesLostDisk: true,
  promotesSlaves: false,
};
const MINUTE = 60_000;

function planOf(seed: number, more: Partial<Parameters<typeof makePlan>[0]> = {}): PlannedFault[] {
  return makePlan({ seed, kinds: faultKinds, view, lengthMs: 10 * MINUTE, overlap: 3, only: [], ...more });
}

describe('a plan of faults', () => {
  test('is the same for the same seed, and another for another', () => {
    assert.deepEqual(planOf(7), planOf(7));
    assert.notDeepEqual(planOf(7), planOf(8));
  });

  test('has every kind that the set has nodes for, when it is long enough', () => {
    const kinds = new Set(planOf(1, { lengthMs: 30 * MINUTE }).map(({ kind }) => kind));
    assert.deepEqual([...kinds].sort(), faultKinds.map(({ name }) => name).sort());
  });

  test('ends all its faults in time, and has no more of them at once than allowed', () => {
    for (let seed = 1; seed <= 50; seed++) {
      const plan = planOf(seed, { lengthMs: MINUTE, overlap: 2 });
      assert.ok(plan.length >= 3, `seed ${seed} has ${plan.length} faults`);
      for (const fault of plan) {
        assert.ok(fault.endMs > fault.beginMs && fault.endMs <= MINUTE, `${fault.kind} of seed ${seed}`);
        const atOnce = plan.filter((other) => other.beginMs <= fault.beginMs && other.endMs > fault.beginMs);
        assert.ok(atOnce.length <= 2, `${atOnce.length} faults at once in seed ${seed}`);
      }
    }
  });

  test('never harms one part of a node by two faults at once, and leaves a lost machine alone', () => {
    for (let seed = 1; seed <= 100; seed++) {
      const plan = planOf(seed, { view: { ...view, promotesSlaves: seed % 2 === 0 } });
      for (const [at, fault] of plan.entries()) {
        const isFinal = faultKind(fault.kind).isFinal === true;
        for (const other of plan.slice(at + 1)) {
          const isLater = other.beginMs >= fault.endMs && !isFinal;
          const isShared = other.nodes.some((name) =>
            isFinal && other.beginMs >= fault.endMs ? name === fault.nodes[0] : fault.nodes.includes(name),
          );
          const parts = faultKind(other.kind).parts.filter((part) => faultKind(fault.kind).parts.includes(part));
          assert.ok(isLater || !isShared || parts.length === 0, `${fault.kind} and ${other.kind} of seed ${seed}`);
        }
      }
      assert.ok(plan.filter(({ kind }) => kind === 'lost-disk').length <= 1);
    }
  });

  test('loses the disk of a master, and needs its slave where that takes the place', () => {
    const lossOf = (promotesSlaves: boolean) =>
      planOf(1, { view: { ...view, promotesSlaves } }).find(({ kind }) => kind === 'lost-disk');
    assert.match(lossOf(false)?.nodes.join(' ') ?? '', /^broker-[ab]\.0$/);
    assert.match(lossOf(true)?.nodes.join(' ') ?? '', /^(broker-[ab])\.0 \1\.1$/);
  });

  test('loses no disk where one machine alone has what was acknowledged, and nothing takes its place', () => {
    const kindsOf = (promotesSlaves: boolean) =>
      planOf(1, { view: { ...view, survivesLostDisk: false, promotesSlaves } }).map(({ kind }) => kind);
    assert.ok(!kindsOf(false).includes('lost-disk'));
    assert.ok(kindsOf(true).includes('lost-disk'));
  });

  test('harms the named nodes alone', () => {
    const plan = planOf(3, { only: ['broker-a.1'] });
    assert.ok(plan.length > 0);
    for (const { nodes } of plan) assert.deepEqual(nodes, ['broker-a.1']);
  });
});
