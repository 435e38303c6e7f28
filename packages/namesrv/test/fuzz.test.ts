import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LiveConfig, type LogFields, type Logger, readConfig, silentLogger } from '@rocketmq-ts/kernel';
import {
  createTopicConfigWrapper,
  encodeDataVersion,
  encodeRegisterBrokerBody,
  encodeTopicRouteData,
} from '@rocketmq-ts/protocol';
import { attackWithRequests, SeededRandom, SimulatedEnvironment } from '@rocketmq-ts/testkit';
import { createNamesrv, namesrvConfigTable } from '../src/index.ts';
import { topics, version } from './broker-of-test.ts';

const ROUNDS = 6;

const registration = (compressed: boolean): Buffer =>
  encodeRegisterBrokerBody(
    { topicConfigSerializeWrapper: createTopicConfigWrapper(topics('T'), version(1)), filterServerList: ['f'] },
    { compressed, version: 493 },
  );
const bodies = [
  registration(false),
  registration(true),
  encodeDataVersion(version(3)),
  encodeTopicRouteData(
    {
      queueDatas: [{ brokerName: 'a', readQueueNums: 4, writeQueueNums: 4, perm: 6, topicSysFlag: 0 }],
      brokerDatas: [],
      filterServerTable: new Map(),
      orderTopicConf: undefined,
      topicQueueMappingByBroker: undefined,
    },
    { version: 493 },
  ),
  Buffer.from('waitSecondsForService=1\norderMessageEnable=true\n'),
];

for (const seed of [1, 2, 3]) {
  test(`seed ${seed}: hundreds of strange requests of every code are answered or their connection is closed, and no handler fails`, async () => {
    const environment = new SimulatedEnvironment(seed, { network: { splitChance: 0.2 } });
    const failed: [string, LogFields | undefined][] = [];
    const logger: Logger = {
      ...silentLogger,
      error: (sentence, fields) => void failed.push([sentence, fields]),
      named: () => logger,
    };
    const reading = readConfig(
      namesrvConfigTable,
      new Map([
        ['kvConfigPath', '/kv.json'],
        ['configStorePath', '/n.conf'],
      ]),
    );
    const namesrv = createNamesrv({
      platform: environment.machine('ns'),
      logger,
      config: new LiveConfig(namesrvConfigTable, reading.config),
    });
    await environment.clock.run(Promise.resolve(namesrv.start()));
    const unanswered = await attackWithRequests({
      clock: environment.clock,
      random: new SeededRandom(seed),
      network: environment.machine('strange').network,
      host: 'ns',
      port: namesrv.port,
      bodies,
      rounds: ROUNDS,
      patienceMs: 1000,
    });
    assert.deepEqual(unanswered, []);
    assert.deepEqual(
      failed.map(([sentence, fields]) => [sentence, fields?.command, (fields?.error as Error | undefined)?.stack]),
      [],
    );
    await environment.clock.run(Promise.resolve(namesrv.stop()));
    assert.equal(environment.clock.pendingTimers, 0);
  });
}
