import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AutoSwitchMaster, createAutoSwitchClient, Epochs } from '../src/index.ts';
import { haDefaults, masterAndSlave, type Pair, type Replica, ROOT } from './replica-pair.ts';

const PORT = 10_913;

function partsOf({ platform, store, log }: Replica) {
  const { clock, network, disk } = platform;
  const { logger } = log;
  const epochs = Epochs.open({ disk, logger, path: `${ROOT}/epochFileCheckpoint` }, store.facts.appendOffset);
  const config = { ...haDefaults, ...{ syncFromLastFile: false, asyncLearner: false } };
  const inSync = { haMaxTimeSlaveNotCatchup: 15_000, inSyncReplicas: 1, allAckInSyncStateSet: false };
  return { clock, network, logger, store, epochs, config: { ...config, ...inSync }, fileSizeBytes: 64 * 1024 };
}

/** A master in controller mode with a hundred records, whose port is open. */
async function masterOf({ master, advance }: Pair): Promise<AutoSwitchMaster> {
  const parts = partsOf(master);
  const port = new AutoSwitchMaster({
    ...{ ...parts, host: '0.0.0.0', port: PORT },
    onProgress: () => {},
    onWish: () => {},
  });
  parts.epochs.begin({ epoch: 1, startOffset: 0 });
  port.beginMaster(1, [1], 0);
  await port.start();
  master.put(100);
  await advance(100);
  return port;
}

test('probes at the port of a master in controller mode keep no slave out, and are one line in the log', async () => {
  const pair = await masterAndSlave(1);
  const { environment, master, slave } = pair;
  const port = await masterOf(pair);
  const { network } = environment.machine('peer');
  for (let i = 0; i < 70; i++) {
    const peer = await environment.clock.run(network.connect({ host: 'master', port: PORT, timeoutMs: 1000 }));
    // Some say what no slave says, some close by themselves, and some wait.
    if (i % 7 === 0) peer.write(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
    if (i % 7 === 1) peer.destroy();
  }
  await pair.advance(100);
  await slave.start();
  slave.store.promise({ acknowledge: 'none', refusal: 'SERVICE_NOT_AVAILABLE', visible: 'own' });
  const client = createAutoSwitchClient({ ...partsOf(slave), brokerId: () => 2, onConfirmed: () => {} });
  client.follow(`master:${PORT}`);
  client.start();
  await pair.advance(2000);
  const { appendOffset } = master.store.facts;
  assert.equal(slave.store.facts.appendOffset, appendOffset);
  assert.ok(slave.logBytes(0, appendOffset).equals(master.logBytes(0, appendOffset)));
  assert.deepEqual(
    port.slaves.map(({ brokerId, ackOffset }) => ({ brokerId, ackOffset })),
    [{ brokerId: 2, ackOffset: appendOffset }],
  );
  assert.equal(master.log.with('it is no slave').length, 1);
  await client.stop();
  await environment.clock.run(port.stop());
});
