import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LiveConfig, readConfig } from '@rocketmq-ts/kernel';
import { LogLines, SimulatedEnvironment } from '@rocketmq-ts/testkit';
import { brokerConfigTable } from '../src/index.ts';
import { BrokerRole } from '../src/role/broker-role.ts';
import { Duties, type Duty } from '../src/role/duties.ts';

function configOf(properties: Record<string, string>) {
  const { config } = readConfig(brokerConfigTable, new Map(Object.entries(properties)));
  return new LiveConfig(brokerConfigTable, config);
}

const slaveConfig = (properties: Record<string, string> = {}) =>
  configOf({ brokerRole: 'SLAVE', brokerId: '1', ...properties });

test('a master has id 0, whatever its configuration has, and lists it', () => {
  const config = configOf({ brokerRole: 'SYNC_MASTER', brokerId: '3' });
  const role = new BrokerRole(config);
  assert.deepEqual([role.role, role.brokerId, role.isSlave, role.isOnDuty], ['SYNC_MASTER', 0, false, true]);
  assert.equal(config.values.brokerId, 0);
  assert.deepEqual([role.masterAddress, role.masterHaAddress], [undefined, undefined]);
});

test('a slave knows its master from the first answer that names it, and keeps the replication address when only the other is gone', () => {
  const role = new BrokerRole(slaveConfig());
  let changes = 0;
  role.onChange(() => {
    changes += 1;
  });
  assert.deepEqual([role.brokerId, role.isOnDuty, role.masterAddress], [1, false, undefined]);
  role.masterIs({ address: 'm:10911', haAddress: 'm:10912' });
  role.masterIs({ address: 'm:10911', haAddress: 'm:10912' });
  assert.deepEqual([role.masterAddress, role.masterHaAddress, changes], ['m:10911', 'm:10912', 1]);
  role.masterIs({ address: undefined, haAddress: undefined });
  assert.deepEqual([role.masterAddress, role.masterHaAddress, changes], [undefined, 'm:10912', 2]);
});

test('haMasterAddress counts above what name servers say, when it is long enough to be an address', () => {
  const registered = { address: 'm:10911', haAddress: 'm:10912' };
  const fixed = new BrokerRole(slaveConfig({ haMasterAddress: '10.0.0.9:10912' }));
  fixed.masterIs(registered);
  assert.deepEqual([fixed.masterAddress, fixed.masterHaAddress], ['m:10911', '10.0.0.9:10912']);
  const short = new BrokerRole(slaveConfig({ haMasterAddress: 'm:1' }));
  short.masterIs(registered);
  assert.equal(short.masterHaAddress, 'm:10912');
});

/** Duties that take a second to begin and to end. */
function duties() {
  const { clock } = new SimulatedEnvironment(1, {});
  const log = new LogLines();
  const role = new BrokerRole(slaveConfig());
  const events: string[] = [];
  const failing = new Set<string>();
  const second = () => new Promise<void>((resolve) => void clock.after(1000, resolve));
  const duty = (name: string): Duty => ({
    name,
    beginDuty: async () => {
      await second();
      if (failing.has(name)) throw new Error(`${name} fails`);
      events.push(`+${name}`);
    },
    endDuty: async () => {
      await second();
      events.push(`-${name}`);
    },
  });
  const all = new Duties({ clock, logger: log.logger, role }, [duty('a'), duty('b')]);
  return { clock, log, role, events, failing, all };
}

test('duties begin in order when a slave acts as master, and end in the reverse order', async () => {
  const { clock, role, events, all } = duties();
  await clock.run(all.start());
  assert.deepEqual(events, []);
  role.actAsMaster(true);
  await clock.advance(3000);
  assert.deepEqual(events, ['+a', '+b']);
  role.actAsMaster(false);
  await clock.advance(3000);
  assert.deepEqual(events, ['+a', '+b', '-b', '-a']);
  role.become('ASYNC_MASTER', 0);
  await clock.advance(3000);
  await clock.run(all.stop());
  assert.deepEqual(events.slice(4), ['+a', '+b', '-b', '-a']);
});

test('duties begin when a broker that was isolated becomes master and is let in within one turn', async () => {
  const { clock, role, events, all } = duties();
  role.isolate(true);
  await clock.run(all.start());
  role.become('SYNC_MASTER', 0);
  role.isolate(false);
  await clock.advance(3000);
  assert.deepEqual(events, ['+a', '+b']);
  await clock.run(all.stop());
});

test('a role that changes back while a duty begins ends with that duty ended, and no other begun', async () => {
  const { clock, role, events, all } = duties();
  await clock.run(all.start());
  role.actAsMaster(true);
  await clock.advance(500);
  role.actAsMaster(false);
  await clock.run(all.settled());
  assert.deepEqual(events, ['+a', '-a']);
  await clock.run(all.stop());
});

test('a duty that does not begin is logged and tried again; one of a starting master ends the start', async () => {
  const { clock, log, role, events, failing, all } = duties();
  await clock.run(all.start());
  failing.add('b');
  role.actAsMaster(true);
  await clock.advance(2500);
  assert.deepEqual(events, ['+a']);
  assert.equal(log.with('work of the master does not begin; it is tried again').length, 1);
  failing.clear();
  await clock.advance(3000);
  assert.deepEqual(events, ['+a', '+b']);
  await clock.run(all.stop());

  const master = duties();
  master.failing.add('a');
  master.role.become('ASYNC_MASTER', 0);
  await assert.rejects(master.clock.run(master.all.start()), /a fails/);
});
