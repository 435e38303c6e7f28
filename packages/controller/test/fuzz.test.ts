import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LogFields, type Logger, silentLogger } from '@rocketmq-ts/kernel';
import { encodeBrokerNames, encodeSyncStateSet } from '@rocketmq-ts/protocol';
import { attackWithRequests, SeededRandom } from '@rocketmq-ts/testkit';
import { World } from './controllers-of-test.ts';

const ROUNDS = 5;

const bodies = [
  encodeSyncStateSet({ syncStateSet: [1, 2], syncStateSetEpoch: 1 }),
  encodeBrokerNames(['broker-a', 'broker-b']),
  Buffer.from('enableElectUncleanMaster=true\nlistenPort=1\n'),
];

for (const seed of [1, 2, 3]) {
  test(`seed ${seed}: hundreds of strange requests of every code are answered or their connection is closed, and no handler fails`, async () => {
    const failed: [string, LogFields | undefined][] = [];
    const logger: Logger = {
      ...silentLogger,
      error: (sentence, fields) => void failed.push([sentence, fields]),
      named: () => logger,
    };
    const world = new World(seed, logger);
    await world.startControllers();
    const broker = await world.broker('a');
    await broker.join();
    await broker.elect();
    const unanswered = await attackWithRequests({
      clock: world.environment.clock,
      random: new SeededRandom(seed),
      network: world.environment.machine('strange').network,
      host: 'n0',
      port: world.controllers.get('n0')!.port,
      bodies,
      rounds: ROUNDS,
      patienceMs: 2000,
    });
    assert.deepEqual(unanswered, []);
    assert.deepEqual(
      failed.map(([sentence, fields]) => [sentence, fields?.command, (fields?.error as Error | undefined)?.stack]),
      [],
    );
    assert.match(await broker.groupText(), /^1 in epoch 1 of 1/);
    await world.stop();
  });
}
