import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom, SimulatedDisk, VirtualClock } from '@rocketmq-ts/testkit';
import { unservedStores, workerProperties, workerRoot } from '../src/workers/worker-share.ts';

const shared = { brokerName: 'broker-a', listenPort: 10911, root: '/data/store' };

function own(
  index: number,
  given: Record<string, string> = {},
  listenPort = 10911,
): Record<string, string | undefined> {
  const properties = new Map(Object.entries({ fileReservedTime: '48', ...given }));
  return Object.fromEntries(workerProperties({ ...shared, listenPort, properties }, index));
}

test('the first worker is the broker as it is configured', () => {
  assert.deepEqual(own(0, { haMasterAddress: '10.0.0.1:10912' }), {
    fileReservedTime: '48',
    haMasterAddress: '10.0.0.1:10912',
  });
  assert.equal(workerRoot('/data/store', 0), '/data/store');
});

test('each further worker has a name, ports and a store of its own, and everything else in common', () => {
  assert.deepEqual(own(1), {
    fileReservedTime: '48',
    brokerName: 'broker-a-w1',
    listenPort: '10915',
    storePathRootDir: '/data/store/worker-1',
  });
  assert.deepEqual([own(2).listenPort, own(2).brokerName], ['10919', 'broker-a-w2']);
});

test('no port of one worker is a port of another: clients, two below, replication', () => {
  const ports = [0, 1, 2, 3].flatMap((index) => {
    const port = Number(own(index).listenPort ?? 10911);
    return [port - 2, port, port + 1];
  });
  assert.equal(new Set(ports).size, 12);
});

test('places that are configured are divided too, also the master’s address of workers that are slaves', () => {
  const given = {
    storePathCommitLog: '/fast/log',
    storePathEpochFile: '/data/epoch',
    haListenPort: '20000',
    haMasterAddress: '[fe80::1]:10912',
  };
  const { storePathCommitLog, storePathEpochFile, haListenPort, haMasterAddress } = own(2, given);
  assert.deepEqual(
    [storePathCommitLog, storePathEpochFile, haListenPort, haMasterAddress],
    ['/fast/log/worker-2', '/data/epoch-worker-2', '20008', '[fe80::1]:10920'],
  );
});

test('a worker whose port would not exist is refused with the number', () => {
  assert.throws(() => own(2, {}, 65530), { code: 'WORKERS_INVALID', message: /Worker 2 would have listenPort=65538/ });
  assert.throws(() => own(1, {}, 65531), { message: /haListenPort=65536/ });
  assert.throws(() => own(1, { haListenPort: '65534' }), { message: /haListenPort=65538/ });
});

test('stores of an earlier start with more workers are named, those that are served and other folders are not', () => {
  const disk = new SimulatedDisk({ clock: new VirtualClock(), random: new SeededRandom(1) });
  for (const name of ['worker-1', 'worker-2', 'worker-10']) disk.makeDirectory(`/s/${name}/commitlog`);
  disk.makeDirectory('/s/worker-7');
  disk.makeDirectory('/s/worker-x/commitlog');
  const sentences = unservedStores(disk, '/s', 2);
  assert.deepEqual(
    sentences.map((sentence) => sentence.slice(0, sentence.indexOf(' holds'))),
    ['/s/worker-2', '/s/worker-10'],
  );
  assert.match(sentences[1]!, /workers=11/);
  assert.deepEqual(unservedStores(disk, '/nowhere', 1), []);
});
