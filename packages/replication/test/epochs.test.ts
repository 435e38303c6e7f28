import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { silentLogger } from '@rocketmq-ts/kernel';
import { SimulatedEnvironment } from '@rocketmq-ts/testkit';
import { decodeEpochFile, Epochs, encodeEpochFile } from '../src/autoswitch/epoch-file.ts';
import { commonPoint, EpochList } from '../src/autoswitch/epochs.ts';

const { files } = JSON.parse(readFileSync(new URL('./fixtures/auto-switch.json', import.meta.url), 'utf8')) as {
  readonly files: Readonly<Record<string, string>>;
};

const list = (...pairs: readonly (readonly [epoch: number, startOffset: number])[]): EpochList =>
  new EpochList(pairs.map(([epoch, startOffset]) => ({ epoch, startOffset })));

function open(environment: SimulatedEnvironment, logEnd = 10_000) {
  const { disk } = environment.machine('broker');
  return { disk, epochs: Epochs.open({ disk, logger: silentLogger, path: '/store/epochFileCheckpoint' }, logEnd) };
}

suite('the file of epochs', () => {
  test('is read and written as Apache 5.4.0 does, with the version before beside it', async () => {
    for (const [name, text] of Object.entries(files)) {
      if (!name.includes('epochFile')) continue;
      assert.equal(encodeEpochFile(decodeEpochFile(text).entries), text);
    }
    const { disk, epochs } = open(new SimulatedEnvironment(1));
    epochs.begin({ epoch: 1, startOffset: 0 });
    epochs.begin({ epoch: 2, startOffset: 661 });
    assert.equal(disk.readFile('/store/epochFileCheckpoint')!.toString(), files['n0/epochFileCheckpoint']);
    assert.equal(disk.readFile('/store/epochFileCheckpoint.bak')!.toString(), files['n0/epochFileCheckpoint.bak']);
  });

  test('is damaged: the version before is taken; both damaged: the broker does not start', () => {
    const environment = new SimulatedEnvironment(1);
    const { disk, epochs } = open(environment);
    epochs.begin({ epoch: 1, startOffset: 0 });
    epochs.begin({ epoch: 2, startOffset: 661 });
    const damage = (path: string): void => {
      const file = disk.open(path, 'write');
      file.writeSync(Buffer.from('9'), 0, 1, file.size() - 2);
      file.close();
    };
    damage('/store/epochFileCheckpoint');
    assert.deepEqual(open(environment).epochs.list.entries, [{ epoch: 1, startOffset: 0 }]);
    damage('/store/epochFileCheckpoint');
    damage('/store/epochFileCheckpoint.bak');
    assert.throws(() => open(environment), /checksum of its entries/);
  });

  test('a checksum of 0 is not checked', () => {
    assert.deepEqual(decodeEpochFile('1\n0\n7-7000\n').entries, [{ epoch: 7, startOffset: 7000 }]);
    assert.throws(() => decodeEpochFile('2\n0\n7-7000\n'), /1 entries instead of 2/);
    assert.throws(() => decodeEpochFile('1\n0\n7:7000\n'), /is not epoch-offset/);
    assert.throws(() => decodeEpochFile('2\n0\n7-7000\n6-8000\n'), /can't follow/);
  });

  test('entries that begin behind the end of the log are of bytes that were lost', () => {
    const environment = new SimulatedEnvironment(1);
    const { epochs } = open(environment);
    epochs.begin({ epoch: 1, startOffset: 0 });
    epochs.begin({ epoch: 2, startOffset: 661 });
    assert.equal(open(environment, 660).epochs.list.lastEpoch, 1);
    assert.equal(open(environment, 10_000).epochs.list.lastEpoch, 1);
  });
});

suite('epochs', () => {
  test('an offset belongs to the newest epoch that begins at or before it', () => {
    const epochs = list([1, 0], [2, 100], [4, 100], [5, 300]);
    assert.equal(epochs.at(99)?.epoch, 1);
    assert.equal(epochs.at(100)?.epoch, 4);
    assert.equal(epochs.endAt(99), 100);
    assert.equal(epochs.endAt(100), 300);
    assert.equal(epochs.endAt(300), Number.POSITIVE_INFINITY);
    assert.equal(list([3, 50]).at(49), undefined);
    assert.deepEqual(
      epochs.ranges(500).map(({ endOffset }) => endOffset),
      [100, 100, 300, 500],
    );
  });

  test('a cut removes epochs that begin at its offset or behind it, an expired file those that end before it', () => {
    const epochs = list([1, 0], [2, 100], [4, 300]);
    assert.deepEqual(epochs.cutAt(300).entries, list([1, 0], [2, 100]).entries);
    assert.deepEqual(epochs.beginAt(150).entries, list([2, 100], [4, 300]).entries);
    assert.equal(list([1, 0], [2, 0]).beginAt(0).entries.length, 2);
    assert.equal(epochs.cutAt(301), epochs);
  });

  const common = (own: EpochList, ownEnd: number, master: EpochList, masterEnd: number): number | undefined =>
    commonPoint(own.ranges(ownEnd), master.ranges(masterEnd));

  test('two logs are the same up to where one of them leaves the newest epoch that both have', () => {
    assert.equal(common(list([1, 0]), 200, list([1, 0], [2, 150]), 900), 150);
    assert.equal(common(list([1, 0], [2, 150]), 400, list([1, 0], [2, 150], [3, 300]), 900), 300);
    assert.equal(common(list([1, 0], [2, 150]), 250, list([1, 0], [2, 150], [3, 300]), 900), 250);
    // Epoch 2 was led by another one, who was never followed.
    assert.equal(common(list([1, 0], [2, 150]), 400, list([1, 0], [3, 120]), 900), 120);
    assert.equal(common(list([2, 0]), 400, list([3, 0]), 900), undefined);
  });

  test('an epoch in which nothing was stored keeps two logs apart', () => {
    // The first master had 100 bytes that nobody followed; the second one led epoch 2 from the very beginning.
    assert.equal(common(list([1, 0]), 100, list([1, 0], [2, 0]), 50), 0);
  });

  test('a master that has started again in its epoch has what it had before', () => {
    assert.equal(common(list([1, 0]), 400, list([1, 500]), 900), 400);
    assert.equal(common(list([1, 0]), 700, list([1, 500]), 900), 500);
    assert.equal(common(list([1, 0], [3, 200]), 700, list([1, 0], [2, 90], [3, 500]), 900), 500);
  });
});
