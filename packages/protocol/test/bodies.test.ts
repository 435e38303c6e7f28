import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  createTopicConfig,
  createTopicConfigWrapper,
  decodeConsumeMessageDirectlyResult,
  decodeConsumerRunningInfo,
  decodeConsumeStats,
  decodeHeartbeatData,
  decodeQueryAssignmentResponseBody,
  decodeRegisterBrokerBody,
  decodeResetOffsetBody,
  decodeSubscriptionGroupConfig,
  decodeTopicRouteData,
  encodeBrokerMemberGroup,
  encodeQueryAssignmentResponseBody,
  encodeRegisterBrokerBody,
  encodeTopicRouteData,
  type HeartbeatData,
  heartbeatFingerprint,
  type TopicRouteData,
} from '@rocketmq-ts/protocol';
import fc from 'fast-check';
import { bodySamples } from './body-samples.ts';
import { recorded } from './java/recorded.ts';

const { bodies } = recorded<{ bodies: Record<string, string> }>('bodies');

for (const sample of bodySamples) {
  test(`${sample.javaClass} is written as the Java class writes it, and reads back`, () => {
    const java = bodies[sample.javaClass];
    assert.ok(java !== undefined, 'there is a recording');
    // Local times depend on the machine's zone.
    const withoutTimes = (text: string): string => text.replace(/"\w+Str":"[^"]*"/g, '');
    assert.equal(withoutTimes(sample.encode().toString('utf8')), withoutTimes(java));
    assert.deepEqual(sample.decode(Buffer.from(java)), sample.value);
  });
}

test('every recorded body has a sample', () => {
  assert.deepEqual(Object.keys(bodies).sort(), bodySamples.map((sample) => sample.javaClass).sort());
});

const route: TopicRouteData = {
  orderTopicConf: undefined,
  queueDatas: [],
  brokerDatas: [
    {
      cluster: 'c',
      brokerName: 'b',
      brokerAddrs: new Map([[0, 'a:1']]),
      enableActingMaster: false,
      zoneName: undefined,
    },
  ],
  filterServerTable: new Map(),
  topicQueueMappingByBroker: undefined,
};

// Source: namesrv/ClientRequestProcessor#getRouteInfoByTopic
test('a route quotes broker ids from version 401 on, or when standard JSON is asked for', () => {
  const keys = (reader: { version: number; acceptStandardJsonOnly?: boolean }): string =>
    encodeTopicRouteData(route, reader).toString();
  assert.match(keys({ version: 400 }), /"brokerAddrs":\{0:"a:1"\}/);
  assert.match(keys({ version: 401 }), /"brokerAddrs":\{"0":"a:1"\}/);
  assert.match(keys({ version: 317, acceptStandardJsonOnly: true }), /"brokerAddrs":\{"0":"a:1"\}/);
  for (const version of [317, 493])
    assert.deepEqual(decodeTopicRouteData(encodeTopicRouteData(route, { version })), route);
});

test('a route of a name server before 4.9 keeps its misspelt flag', () => {
  const body = Buffer.from('{"queueDatas":[{"brokerName":"b","topicSynFlag":3}],"brokerDatas":[]}');
  assert.equal(decodeTopicRouteData(body).queueDatas[0]?.topicSysFlag, 3);
});

test('a body that is no JSON, lacks a member or has one of the wrong type is refused by name', () => {
  const refuses = (body: string, message: RegExp): void => {
    assert.throws(() => decodeHeartbeatData(Buffer.from(body)), { code: 'BAD_BODY', message });
  };
  refuses('', /^HeartbeatData: no JSON/);
  refuses('[]', /^HeartbeatData: an object/);
  refuses('{}', /^HeartbeatData\.clientID: the member is missing/);
  refuses('{"clientID":{}}', /^HeartbeatData\.clientID: a text/);
  refuses(
    '{"clientID":"c","producerDataSet":[{"groupName":"p"},{}]}',
    /^HeartbeatData\.producerDataSet\[1\]\.groupName/,
  );
  refuses('{"clientID":"c","consumerDataSet":{}}', /^HeartbeatData\.consumerDataSet: an array/);
  refuses(
    '{"clientID":"c","consumerDataSet":[{"groupName":"G","messageModel":"X"}]}',
    /^HeartbeatData\.consumerDataSet\[0\]\.messageModel: one of BROADCASTING, CLUSTERING/,
  );
});

test('other clients may send numbers as text, enums as ordinals, and leave out what has a default', () => {
  const heartbeat = decodeHeartbeatData(
    Buffer.from(
      '{"clientID":"c","consumerDataSet":[{"groupName":"G","messageModel":1,"subscriptionDataSet":[{"topic":"T","codeSet":["12"]}]}]}',
    ),
  );
  assert.equal(heartbeat.consumers[0]?.messageModel, 'CLUSTERING');
  assert.deepEqual(heartbeat.consumers[0]?.subscriptionDataSet[0]?.codeSet, [12]);
  assert.equal(
    decodeConsumeMessageDirectlyResult(Buffer.from('{"consumeResult":4}')).consumeResult,
    'CR_THROW_EXCEPTION',
  );
  assert.equal(decodeSubscriptionGroupConfig(Buffer.from('{"groupName":"G"}')).retryMaxTimes, 16);
});

test('a Go client spells "dropped" right and is understood', () => {
  const info = decodeConsumerRunningInfo(
    Buffer.from('{"mqTable":{{"brokerName":"b","queueId":1,"topic":"t"}:{"dropped":true}},"properties":{}}'),
  );
  assert.equal(info.mqTable[0]?.[1].dropped, true);
});

test('maps with queues as keys are read raw, quoted, and as pairs', () => {
  const queue = { topic: 't', brokerName: 'b', queueId: 1 };
  const raw = '{"brokerName":"b","queueId":1,"topic":"t"}';
  for (const table of [`{${raw}:5}`, `{${JSON.stringify(raw)}:5}`, `[[${raw},5]]`]) {
    assert.deepEqual(decodeResetOffsetBody(Buffer.from(`{"offsetTable":${table}}`)), [[queue, 5]]);
  }
  assert.deepEqual(decodeConsumeStats(Buffer.from('{}')), { offsetTable: [], consumeTps: 0 });
});

test('a topic may be called like a member of every JavaScript object', () => {
  for (const name of ['constructor', '__proto__', 'toString', '0']) {
    const wrapper = createTopicConfigWrapper(new Map([[name, createTopicConfig(name)]]), {
      stateVersion: 0,
      timestamp: 1,
      counter: 0,
    });
    const body = { topicConfigSerializeWrapper: wrapper, filterServerList: [] };
    const read = decodeRegisterBrokerBody(encodeRegisterBrokerBody(body, { compressed: false, version: 493 }), 493);
    assert.equal(read.topicConfigSerializeWrapper.topicConfigTable.get(name)?.topicName, name);
  }
});

test('the compressed registration of the Java class is read', () => {
  const { compressed } = recorded<{ compressed: string }>('register-broker');
  const { topicConfigSerializeWrapper: wrapper, filterServerList } = decodeRegisterBrokerBody(
    Buffer.from(compressed, 'base64'),
    493,
  );
  assert.deepEqual(wrapper.topicConfigTable.get('T'), {
    ...createTopicConfig('T', { readQueueNums: 8, writeQueueNums: 4, perm: 6 }),
    attributes: { 'message.type': 'FIFO', 'a b': 'c' },
  });
  assert.deepEqual(wrapper.topicConfigTable.get('U'), createTopicConfig('U'));
  assert.deepEqual(wrapper.dataVersion, { stateVersion: 3, timestamp: 1700000000000, counter: 7 });
  assert.equal(wrapper.topicQueueMappingInfoMap.get('T')?.totalQueues, 8);
  assert.deepEqual(filterServerList, ['f']);
});

const word = fc.stringMatching(/^[%|a-zA-Z0-9_-]{1,20}$/);
const topicConfig = fc.record({
  topicName: word,
  readQueueNums: fc.nat(),
  writeQueueNums: fc.nat(),
  perm: fc.nat(7),
  topicFilterType: fc.constantFrom('SINGLE_TAG' as const, 'MULTI_TAG' as const),
  attributes: fc.dictionary(word, fc.string(), { noNullPrototype: true }),
});

test('a compressed registration keeps everything but order and topicSysFlag; mappings only from 5.0 on', () => {
  fc.assert(
    fc.property(fc.array(topicConfig, { maxLength: 5 }), fc.constantFrom(409, 493), (topics, version) => {
      const table = new Map(topics.map((topic) => [topic.topicName, createTopicConfig(topic.topicName, topic)]));
      const wrapper = {
        ...createTopicConfigWrapper(table, { stateVersion: 0, timestamp: 5, counter: 2 }),
        mappingDataVersion: { stateVersion: 0, timestamp: 0, counter: 0 },
        topicQueueMappingInfoMap: new Map([
          [
            'T',
            {
              topic: 'T',
              scope: 's',
              totalQueues: 1,
              bname: 'b',
              epoch: 2,
              dirty: false,
              currIdMap: new Map([[0, 1]]),
            },
          ],
        ]),
      };
      const body = { topicConfigSerializeWrapper: wrapper, filterServerList: [] };
      const read = decodeRegisterBrokerBody(encodeRegisterBrokerBody(body, { compressed: true, version }), version);
      const expected = version < 413 ? { ...wrapper, topicQueueMappingInfoMap: new Map() } : wrapper;
      assert.deepEqual(read.topicConfigSerializeWrapper, expected);
    }),
    { numRuns: 50 },
  );
});

test('a damaged compressed registration is refused, never a crash', () => {
  const wrapper = createTopicConfigWrapper(new Map([['T', createTopicConfig('T')]]), {
    stateVersion: 0,
    timestamp: 5,
    counter: 2,
  });
  const whole = encodeRegisterBrokerBody(
    { topicConfigSerializeWrapper: wrapper, filterServerList: [] },
    { compressed: true, version: 493 },
  );
  for (let length = 1; length < whole.length; length++) {
    assert.throws(() => decodeRegisterBrokerBody(whole.subarray(0, length), 493), { code: 'BAD_BODY' });
  }
});

test('a fingerprint stays when only versions and ids change, and differs when a subscription does', () => {
  const sample = bodySamples.find(({ javaClass }) => javaClass === 'heartbeat.HeartbeatData');
  const data = sample?.value as HeartbeatData;
  const later = {
    ...data,
    clientID: 'other',
    heartbeatFingerprint: 1,
    consumers: data.consumers.map((consumer) => ({
      ...consumer,
      subscriptionDataSet: consumer.subscriptionDataSet.map((one) => ({ ...one, subVersion: 1 })),
    })),
  };
  assert.equal(heartbeatFingerprint(later), heartbeatFingerprint(data));
  const wider = { ...data, consumers: data.consumers.map((one) => ({ ...one, subscriptionDataSet: [] })) };
  assert.notEqual(heartbeatFingerprint(wider), heartbeatFingerprint(data));
});

test('no assignment is not the same as an empty one', () => {
  assert.equal(encodeQueryAssignmentResponseBody(undefined).toString(), '{}');
  assert.equal(decodeQueryAssignmentResponseBody(Buffer.from('{}')), undefined);
  assert.deepEqual(decodeQueryAssignmentResponseBody(encodeQueryAssignmentResponseBody([])), []);
  assert.equal(encodeBrokerMemberGroup(undefined).toString(), '{}');
});
