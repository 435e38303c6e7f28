import assert from 'node:assert/strict';
import { test } from 'node:test';
import { masterAndSlave, ROOT } from './replica-pair.ts';

/** Enough for a search, a cut and the first records behind it, each later step of which ends one try. */
const TRIES = 40;

for (const seed of [1, 2, 3, 5]) {
  test(`a slave that is killed at each step of its repair follows in the end, and what it had alone is kept (seed ${seed})`, async () => {
    const pair = await masterAndSlave(seed, { network: { maxLatencyMs: 1 + (seed % 3) }, disk: { maxLatencyMs: 2 } });
    const { environment, master, slave } = pair;
    await slave.start(master);
    await pair.advance(100);
    // Several files: the search goes back from one to the one before.
    master.put(200, 500);
    await pair.advance(300);
    const common = master.store.facts.appendOffset;
    master.put(40 + 60 * seed, 500);
    await pair.advance(300);
    const end = slave.store.facts.appendOffset;
    assert.equal(end, master.store.facts.appendOffset);
    const own = slave.logBytes(0, end).subarray(common);
    await slave.stop();
    master.store.promise({ acknowledge: 'none', refusal: 'SERVICE_NOT_AVAILABLE', visible: 'own' });
    await environment.clock.run(master.store.truncateLog(common));
    master.store.promise({ acknowledge: 'none', visible: 'own' });
    master.put(30, 507);
    await pair.advance(200);
    slave.mayTruncate = true;
    let cutAt: number | undefined;
    for (let tryMs = 1; tryMs <= TRIES; tryMs++) {
      await slave.start(master);
      await pair.advance(tryMs);
      if (slave.store.facts.appendOffset < end) cutAt ??= tryMs;
      slave.kill(environment, (tryMs + seed) % 2 === 0 ? 'kill' : 'power loss');
    }
    assert.ok(cutAt !== undefined && cutAt > 2, `some tries ended before the cut, and some behind it: ${cutAt}`);
    await slave.start(master);
    await pair.advance(30_000);
    const { minOffset, appendOffset } = slave.store.facts;
    assert.equal(appendOffset, master.store.facts.appendOffset);
    assert.ok(slave.logBytes(minOffset, appendOffset).equals(master.logBytes(minOffset, appendOffset)));
    assert.equal(minOffset, 0, 'what both have is kept');
    const { disk } = slave.platform;
    const kept = disk.list(`${ROOT}/truncated-log`).map(({ name }) => disk.readFile(`${ROOT}/truncated-log/${name}`)!);
    assert.ok(
      kept.some((file) => file.includes(own)),
      `${own.length} bytes are not in files of ${kept.map(({ length }) => length)}`,
    );
    // The queues are those of what is left.
    const queues = [0, 1, 2].map((id) => [master, slave].map(({ store }) => store.findQueue('T', id)?.maxOffset));
    for (const [ofMaster, ofSlave] of queues) assert.equal(ofSlave, ofMaster);
  });
}
