import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FollowedTable } from '../src/slave/followed-table.ts';

const table = (counter: number, ...names: string[]) => ({
  version: { stateVersion: 0, timestamp: 1000 + counter, counter },
  names: new Set(names),
});
const NOW = 5000;

test('what a master deleted is deleted at its slave, whose version is the master’s', () => {
  const followed = new FollowedTable(true);
  const change = followed.take(table(7, 'A', 'C'), table(5, 'A', 'B'), NOW);
  assert.deepEqual([change.removed, change.kept, change.version.counter], [['B'], [], 7]);
});

test('a master that comes up with an empty table deletes nothing, also as it grows, and also after the slave has restarted', () => {
  const own = table(50, ...Array.from({ length: 50 }, (_, index) => `T${index}`));
  const followed = new FollowedTable(true);
  const first = followed.take(table(0), own, NOW);
  assert.deepEqual([first.removed, first.kept.length, first.version.counter], [[], 50, 51]);
  const names = new Set([...own.names, 'NEW']);
  const second = followed.take(table(1, 'NEW'), { version: first.version, names }, NOW);
  assert.deepEqual([second.removed, second.kept.length, second.version.counter], [[], 50, 52]);
  const third = followed.take(table(2), { version: second.version, names }, NOW);
  assert.deepEqual([third.removed, third.kept.length], [['NEW'], 50], 'what that master itself deletes is deleted');

  const restarted = new FollowedTable(true);
  const later = restarted.take(table(70, 'NEW'), { version: third.version, names: own.names }, NOW);
  assert.deepEqual([later.removed, later.kept.length], [[], 50]);
});

test('a counter that grew by fewer changes than names came and went belongs to another table', () => {
  const fresh = table(60, ...Array.from({ length: 60 }, (_, index) => `N${index}`));
  const change = new FollowedTable(true).take(fresh, table(50, 'A', 'B'), NOW);
  assert.deepEqual([change.removed, change.kept], [[], ['A', 'B']]);
});

test('an older clock or counter alone deletes nothing', () => {
  for (const older of [
    { stateVersion: 0, timestamp: 900, counter: 90 },
    { stateVersion: 0, timestamp: 2000, counter: 4 },
  ]) {
    const change = new FollowedTable(true).take({ version: older, names: new Set() }, table(5, 'A'), NOW);
    assert.deepEqual([change.removed, change.kept], [[], ['A']]);
  }
});

test('a topic that was made at the slave is removed by the next whole table, a group stays', () => {
  for (const undoes of [true, false]) {
    const followed = new FollowedTable(undoes);
    followed.take(table(5, 'A'), table(5, 'A'), NOW);
    const change = followed.take(table(5, 'A'), table(6, 'A', 'LOCAL'), NOW);
    assert.deepEqual([change.removed, change.kept], undoes ? [['LOCAL'], []] : [[], ['LOCAL']]);
  }
});

test('names that stay do not raise the version again while nothing changes', () => {
  const followed = new FollowedTable(true);
  const first = followed.take(table(0), table(5, 'A'), NOW);
  const second = followed.take(table(0), { version: first.version, names: new Set(['A']) }, NOW + 60_000);
  assert.deepEqual(second.version, first.version);
});

test('the first table of another master is compared with this broker’s own again', () => {
  const followed = new FollowedTable(true);
  followed.take(table(5, 'A', 'B'), table(5, 'A', 'B'), NOW);
  followed.masterChanged();
  const change = followed.take(table(0), table(5, 'A', 'B'), NOW);
  assert.deepEqual([change.removed, change.kept], [[], ['A', 'B']]);
});
