import { after, before, suite, test } from 'node:test';
import { unlessJava } from '../support/needs.ts';
import { Replacement } from '../support/rolling-replacement.ts';

suite("A group of Apache's broker is taken over by ours, and given back, under load", { skip: unlessJava() }, () => {
  let group: Replacement;
  before(async () => {
    group = new Replacement();
    await group.begin();
  });
  after(() => group.end());

  test('nothing that was acknowledged is lost, queues keep their order, and what is pending and how far groups are continues', {
    timeout: 180_000,
  }, async () => {
    await group.start('apache', 'master');
    await group.startClients();
    await group.moreAcknowledged(50);
    await group.start('ours', 'slave');
    await group.moreAcknowledged(50);

    await group.leavePending('apache', 'ours');
    await group.settle('apache', 'ours');
    const stopped = group.stop('apache');
    await group.stop('ours');
    await group.start('ours', 'master');
    await group.moreAcknowledged(50);
    await stopped;
    await group.start('apache', 'slave');
    await group.moreAcknowledged(50);

    await group.pendingComes('ours');

    await group.leavePending('ours', 'apache');
    await group.settle('ours', 'apache');
    await group.stop('ours');
    await group.kill('apache');
    await group.start('apache', 'master');
    await group.moreAcknowledged(50);
    await group.start('ours', 'slave');
    await group.moreAcknowledged(50);
    await group.pendingComes('apache');
    await group.check();
    await group.caughtUp('apache', 'ours');
  });
});
