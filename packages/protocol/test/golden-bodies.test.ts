import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as protocol from '@rocketmq-ts/protocol';
import { decodeGolden, type GoldenFrame, goldenFrames, titleOf } from './golden-fixtures.ts';

/** How a body is read and written again. `version` is that of the reader: it decides the dialect. */
type RoundTrip = (body: Buffer, version: number) => Uint8Array;

const trip =
  <Value>(decode: (body: Buffer) => Value, encode: (value: Value) => Uint8Array): RoundTrip =>
  (body) =>
    encode(decode(body));

const properties: RoundTrip = trip(
  (body) => protocol.parseProperties(body.toString('utf8')),
  (entries) => Buffer.from(protocol.formatProperties(entries), 'utf8'),
);

/** JSON bodies by request code and kind. */
const jsonBodies: Readonly<Record<string, RoundTrip>> = {
  '28 response': trip(protocol.decodeKVTable, protocol.encodeKVTable),
  '34 request': trip(protocol.decodeHeartbeatData, protocol.encodeHeartbeatData),
  '38 response': trip(protocol.decodeConsumerIdList, protocol.encodeConsumerIdList),
  '41 request': trip(protocol.decodeQueueLockRequestBody, protocol.encodeQueueLockRequestBody),
  '41 response': trip(protocol.decodeLockBatchResponseBody, protocol.encodeLockBatchResponseBody),
  '42 request': trip(protocol.decodeQueueLockRequestBody, protocol.encodeQueueLockRequestBody),
  '103 request': (body, version) =>
    protocol.encodeRegisterBrokerBody(protocol.decodeRegisterBrokerBody(body, version), { compressed: false, version }),
  '103 response': trip(protocol.decodeKVTable, protocol.encodeKVTable),
  '105 response': (body, version) => protocol.encodeTopicRouteData(protocol.decodeTopicRouteData(body), { version }),
  '106 response': trip(protocol.decodeClusterInfo, protocol.encodeClusterInfo),
  '200 request': trip(protocol.decodeSubscriptionGroupConfig, protocol.encodeSubscriptionGroupConfig),
  '201 response': trip(protocol.decodeSubscriptionGroupWrapper, protocol.encodeSubscriptionGroupWrapper),
  '202 response': trip(protocol.decodeTopicStatsTable, protocol.encodeTopicStatsTable),
  '203 response': trip(protocol.decodeConsumerConnection, protocol.encodeConsumerConnection),
  '206 response': trip(protocol.decodeTopicList, (list) => protocol.encodeTopicList(list.topicList, list.brokerAddr)),
  '208 response': trip(protocol.decodeConsumeStats, protocol.encodeConsumeStats),
  '222 response': trip(protocol.decodeResetOffsetBody, protocol.encodeResetOffsetBody),
  '300 response': trip(protocol.decodeGroupList, protocol.encodeGroupList),
  '307 response': trip(protocol.decodeConsumerRunningInfo, protocol.encodeConsumerRunningInfo),
  '315 response': trip(protocol.decodeBrokerStatsData, protocol.encodeBrokerStatsData),
  '317 response': trip(protocol.decodeConsumeStatsList, protocol.encodeConsumeStatsList),
  '351 response': trip(protocol.decodeTopicConfig, protocol.encodeTopicConfig),
};

/** Bodies of other kinds, each looked at by a test below. */
const otherBodies = [
  '10 request',
  '11 response',
  '12 response',
  '25 request',
  '33 response',
  '310 oneway',
  '310 request',
  '318 request',
  '319 response',
  '320 request',
  '361 response',
];

const keyOf = (golden: GoldenFrame): string => `${golden.code} ${golden.kind}`;
const withBody = goldenFrames().filter((golden) => decodeGolden(golden).body.length > 0);
const of = (...keys: string[]): GoldenFrame[] => withBody.filter((golden) => keys.includes(keyOf(golden)));

test('every recorded body is of a kind that is checked here', () => {
  const keys = new Set(withBody.map(keyOf));
  assert.deepEqual([...keys].sort(), [...Object.keys(jsonBodies), ...otherBodies].sort());
});

test('a JSON body of the Java programs, read and written by us, is the same text but for the order of members', () => {
  for (const golden of withBody) {
    const roundTrip = jsonBodies[keyOf(golden)];
    if (roundTrip === undefined || golden.from === 'go client') continue;
    const { body } = decodeGolden(golden);
    // An answer is in the dialect of its request.
    const ours = Buffer.from(roundTrip(body, golden.to === 'go client' ? 317 : golden.version));
    assert.deepEqual(protocol.parseJson(ours), protocol.parseJson(body), titleOf(golden));
    assert.deepEqual(letters(ours), letters(body), `quoting differs: ${titleOf(golden)}`);
  }
});

/** Equal for texts that differ in order only: catches keys quoted where Apache does not quote, and the other way. */
function letters(text: Buffer): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const sign of text.toString('utf8')) counts[sign] = (counts[sign] ?? 0) + 1;
  return counts;
}

test('the bodies of the Go client read to the same values after we wrote them again', () => {
  const frames = withBody.filter(({ from }) => from === 'go client');
  for (const golden of frames) {
    const roundTrip = jsonBodies[keyOf(golden)];
    if (roundTrip === undefined) continue;
    const once = roundTrip(decodeGolden(golden).body, golden.version);
    const twice = roundTrip(Buffer.from(once), golden.version);
    assert.deepEqual(protocol.parseJson(twice), protocol.parseJson(once), titleOf(golden));
  }
});

test('a properties body keeps its entries', () => {
  for (const golden of of('25 request', '318 request', '319 response')) {
    const { body } = decodeGolden(golden);
    const entries = protocol.parseProperties(body.toString('utf8'));
    assert.ok(entries.size > 0, titleOf(golden));
    assert.deepEqual(protocol.parseProperties(Buffer.from(properties(body, 493)).toString('utf8')), entries);
  }
});

test('records in answers, read and written by us, are the same bytes', () => {
  const frames = of('11 response', '12 response', '33 response', '361 response');
  assert.ok(frames.length >= 5);
  for (const golden of frames) {
    const { body } = decodeGolden(golden);
    const messages = protocol.decodeMessages(body, { inflate: false, verifyCrc: true });
    assert.ok(messages.length > 0, titleOf(golden));
    const ours = Buffer.concat(messages.map((message) => protocol.encodeMessage(message)));
    assert.equal(ours.toString('hex'), body.toString('hex'), titleOf(golden));
  }
});

test('a compressed record of the Java producer inflates to what was sent', () => {
  const messages = of('361 response', '11 response').flatMap((golden) =>
    protocol.decodeMessages(decodeGolden(golden).body),
  );
  const long = messages.find((message) => message.body.length === 200);
  assert.ok(long !== undefined);
  assert.equal(Buffer.from(long.body).toString('utf8'), 'body-0-'.repeat(29).slice(0, 200));
});

test('a batch body, read and written by us, is the same bytes', () => {
  const frames = of('320 request');
  assert.equal(frames.length, 2);
  for (const golden of frames) {
    const { body } = decodeGolden(golden);
    const members = protocol.decodeBatch(body);
    assert.ok(members.length >= 2);
    assert.equal(protocol.encodeBatch(members).toString('hex'), body.toString('hex'), titleOf(golden));
  }
});

test('the body of a plain send is the message body itself', () => {
  for (const golden of of('310 request', '310 oneway', '10 request')) {
    assert.match(decodeGolden(golden).body.toString('utf8'), /^(body|go)-0-/, titleOf(golden));
  }
});
