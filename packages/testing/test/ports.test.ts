import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { nodeDisk } from '@rocketmq-ts/kernel';
import { describeDiskContract, describeNetworkContract } from '@rocketmq-ts/testkit';
import { Activity } from '../src/clock/activity.ts';
import { ClusterClock } from '../src/clock/cluster-clock.ts';
import { DiskSwitches } from '../src/disk/disk-switches.ts';
import { ProcessDisk } from '../src/disk/process-disk.ts';
import { InFlight } from '../src/network/in-flight.ts';
import { Links } from '../src/network/links.ts';
import { MachineNetwork } from '../src/network/machine-network.ts';
import { ReservedPorts } from '../src/network/reserved-ports.ts';
import { SimulatedDisk } from '../src/simulated/disk.ts';
import { SeededRandom } from '../src/simulated/random.ts';

const activity = new Activity();
const clock = new ClusterClock(false, activity);

describeDiskContract('the disk of a process, in memory', () => {
  const inner = new SimulatedDisk({ clock, random: new SeededRandom(1) });
  inner.makeDirectory('/data');
  return { disk: new ProcessDisk(inner, new DiskSwitches(), clock, activity), directory: '/data' };
});

describeDiskContract('the disk of a process, in a folder', () => {
  const directory = mkdtempSync(join(tmpdir(), 'process-disk-'));
  const disk = new ProcessDisk(nodeDisk, new DiskSwitches(), clock, activity);
  return { disk, directory, end: () => rmSync(directory, { recursive: true }) };
});

describeNetworkContract('the network of a machine', () => {
  const shared = { clock, activity, links: new Links(), inFlight: new InFlight(activity), ports: new ReservedPorts() };
  return { network: new MachineNetwork('machine', shared) };
});

test('tasks of a virtual clock run in the order of their times, those of one time in the order of their arming', async () => {
  const virtual = new ClusterClock(true, new Activity());
  const ran: string[] = [];
  virtual.after(20, () => ran.push(`c ${virtual.monotonicMs()}`));
  virtual.after(10, () => {
    ran.push(`a ${virtual.monotonicMs()}`);
    virtual.after(5, () => ran.push(`a2 ${virtual.monotonicMs()}`));
  });
  virtual.after(10, () => ran.push(`b ${virtual.monotonicMs()}`));
  const never = virtual.after(12, () => ran.push('cancelled'));
  never.cancel();
  const ticks = virtual.every(8, () => ran.push(`tick ${virtual.monotonicMs()}`));
  await virtual.advance(20);
  assert.deepEqual(ran, ['tick 8', 'a 10', 'b 10', 'a2 15', 'tick 16', 'c 20']);
  ticks.cancel();
  assert.equal(virtual.pendingTimers, 0);
});

test('a real clock runs what is due by itself, in order, with promises in between', async () => {
  const real = new ClusterClock(false, new Activity());
  const ran: string[] = [];
  await new Promise<void>((resolve) => {
    real.after(0, () => ran.push('at once'));
    real.after(2, () => {
      ran.push('first');
      void Promise.resolve().then(() => ran.push('its promise'));
    });
    real.after(2, () => ran.push('second'));
    real.after(3, resolve);
  });
  assert.deepEqual(ran, ['at once', 'first', 'its promise', 'second']);
  const before = real.monotonicMs();
  await real.advance(5000);
  const passed = real.monotonicMs() - before;
  assert.ok(passed >= 5000 && passed < 60_000, `${passed} ms passed`);
  assert.equal(real.pendingTimers, 0);
});

test('calls that overlap move the clock one after the other', async () => {
  const virtual = new ClusterClock(true, new Activity());
  await Promise.all([virtual.advance(10), virtual.advance(20), virtual.advance(0)]);
  assert.equal(virtual.monotonicMs(), 30);
});
