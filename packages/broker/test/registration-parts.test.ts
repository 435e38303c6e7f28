import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import {
  createTopicConfig,
  type DataVersion,
  decodeRegisterBrokerBody,
  encodeJson,
  REGISTER_BROKER,
  type TopicConfig,
  UNREGISTER_BROKER,
} from '@rocketmq-ts/protocol';
import { RegistrationBodies } from '../src/registration/registration-bodies.ts';
import { ROOT, Stage } from './stage.ts';

const VERSION: DataVersion = { stateVersion: 0, timestamp: 1_700_000_000_000, counter: 100 };
const WHOLE = { enableSplitRegistration: false, splitRegistrationSize: 800, compressedRegister: false };
const FRAME_BYTES = 16 * 1024 * 1024;

function topics(count: number, nameBytes = 10): TopicConfig[] {
  return Array.from({ length: count }, (_, i) => createTopicConfig(`T${i}`.padEnd(nameBytes, 'x')));
}

const read = (body: Buffer) => {
  const { topicConfigTable, dataVersion } = decodeRegisterBrokerBody(body, 493).topicConfigSerializeWrapper;
  return { names: [...topicConfigTable.keys()], dataVersion };
};

test('a registration is one body, or with enableSplitRegistration one for each splitRegistrationSize topics and the rest', () => {
  const whole = new RegistrationBodies(topics(2000), VERSION, WHOLE).for(VERSION);
  assert.deepEqual([whole.length, read(whole[0]!).names.length], [1, 2000]);
  const parts = new RegistrationBodies(topics(2000), VERSION, { ...WHOLE, enableSplitRegistration: true }).for(VERSION);
  assert.deepEqual(
    parts.map((part) => read(part).names.length),
    [800, 800, 400],
  );
  assert.deepEqual(new Set(parts.flatMap((part) => read(part).names)).size, 2000);
  assert.ok(parts.every((part) => read(part).dataVersion.counter === VERSION.counter));
});

test('where something changed each part has a version of its own and the last one that of the broker', () => {
  const form = { ...WHOLE, enableSplitRegistration: true, splitRegistrationSize: 2 };
  for (const known of [undefined, { ...VERSION, counter: 99 }]) {
    const parts = new RegistrationBodies(topics(6), VERSION, form).for(known);
    assert.deepEqual(
      parts.map((part) => read(part).dataVersion.counter),
      [98, 99, 100],
    );
  }
});

test('60,000 topics with names of 100 characters are sent in parts that fit into frames, without any configuration', () => {
  const parts = new RegistrationBodies(topics(60_000, 100), VERSION, WHOLE).for(undefined);
  assert.ok(parts.length > 1);
  assert.ok(parts.every((part) => part.length < FRAME_BYTES - 65_536));
  assert.equal(
    parts.reduce((sum, part) => sum + read(part).names.length, 0),
    60_000,
  );
});

test('compressed they fit into one frame', () => {
  const parts = new RegistrationBodies(topics(60_000, 100), VERSION, { ...WHOLE, compressedRegister: true }).for(
    undefined,
  );
  assert.equal(parts.length, 1);
  assert.equal(read(parts[0]!).names.length, 60_000);
});

test('no part has a single topic unless it is the last one: a name server would take it for an increment', () => {
  const form = { ...WHOLE, enableSplitRegistration: true, splitRegistrationSize: 1 };
  const counts = new RegistrationBodies(topics(5), VERSION, form).for(undefined).map((part) => read(part).names.length);
  assert.deepEqual(counts, [2, 2, 1]);
});

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.dispose());

/** A name server that keeps topics as Apache's does, and takes frames up to a limit. */
async function namesrv(maxFrameBytes = FRAME_BYTES) {
  const known = new Map<string, TopicConfig>();
  const state = { known, registrations: 0, bytes: 0, compressed: false, version: undefined as DataVersion | undefined };
  const server = stage.server('ns', 9876, { maxFrameBytes });
  server.handle(REGISTER_BROKER, (call) => {
    const { topicConfigTable, dataVersion } = decodeRegisterBrokerBody(
      call.body,
      call.version,
    ).topicConfigSerializeWrapper;
    const changed = state.version?.counter !== dataVersion.counter || state.version.timestamp !== dataVersion.timestamp;
    for (const [name, config] of topicConfigTable) if (changed || !known.has(name)) known.set(name, config);
    state.version = dataVersion;
    state.registrations += 1;
    state.bytes = Math.max(state.bytes, call.body.length);
    state.compressed = call.header.compressed;
    call.answer({});
  });
  server.handle(UNREGISTER_BROKER, (call) => call.answer({}));
  await server.start();
  return state;
}

/** A broker that has so many topics from its last life. */
async function brokerWith(count: number, nameBytes: number, properties: Record<string, string> = {}) {
  const { disk } = stage.machine('broker');
  disk.makeDirectory(`${ROOT}/config`);
  const table = Object.fromEntries(topics(count, nameBytes).map((config) => [config.topicName, config]));
  const content = encodeJson({ dataVersion: { ...VERSION }, topicConfigTable: table });
  const file = disk.open(`${ROOT}/config/topics.json`, 'create');
  file.writeSync(content, 0, content.length, 0);
  file.close();
  return stage.broker({ namesrvAddrs: 'ns:9876', ...properties });
}

test('a broker of many topics is registered with all of them, and changed permissions arrive in every part', async () => {
  const ns = await namesrv();
  await brokerWith(3000, 100, { enableSplitRegistration: 'true' });
  assert.ok(ns.known.size >= 3000, `${ns.known.size}`);
  assert.ok(ns.registrations >= 4);
  const caller = await stage.caller();
  const answer = await caller.configure('brokerPermission=4\n');
  assert.equal(answer.code, 0);
  await stage.clock.advance(100);
  const writable = [...ns.known.values()].filter(({ perm }) => (perm & 2) !== 0);
  assert.deepEqual(writable, []);
});

test('compressedRegister compresses, and the header shows it', async () => {
  const ns = await namesrv();
  await brokerWith(3000, 100, { compressedRegister: 'true' });
  assert.ok(ns.known.size >= 3000);
  assert.deepEqual([ns.registrations, ns.compressed], [1, true]);
  assert.ok(ns.bytes < 100_000);
});

test('a name server with a lower limit is named as such, with the sizes and what to set, not as one that is away', async () => {
  const ns = await namesrv(300_000);
  await brokerWith(3000, 100);
  await stage.clock.advance(10);
  assert.equal(ns.registrations, 0);
  const [line] = stage.log.with('limit of a frame');
  assert.match(line?.sentence ?? '', /enableSplitRegistration=true/);
  assert.ok(Number(line?.fields?.bodyBytes) > 300_000);
  assert.deepEqual(stage.log.with('can not be reached'), []);
  const caller = await stage.caller();
  await caller.configure('enableSplitRegistration=true\nsplitRegistrationSize=500\n');
  await stage.clock.advance(3000);
  assert.ok(ns.known.size >= 3000, 'the cure is a change at run time');
});
