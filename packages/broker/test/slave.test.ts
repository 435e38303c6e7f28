import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import {
  CONSUMER_SEND_MSG_BACK,
  type Command,
  createSubscriptionGroupConfig,
  createTopicConfig,
  type DataVersion,
  decodeConsumerOffsetSerializeWrapper,
  decodeDataVersion,
  decodeKVTable,
  decodeSubscriptionGroupWrapper,
  decodeTopicConfigSerializeWrapper,
  END_TRANSACTION,
  encodeConsumerOffsetSerializeWrapper,
  encodeKVTable,
  encodeSubscriptionGroupWrapper,
  encodeTopicConfigSerializeWrapper,
  GET_ALL_CONSUMER_OFFSET,
  GET_ALL_DELAY_OFFSET,
  GET_ALL_MESSAGE_REQUEST_MODE,
  GET_ALL_SUBSCRIPTIONGROUP_CONFIG,
  GET_ALL_TOPIC_CONFIG,
  GET_BROKER_RUNTIME_INFO,
  GET_TIMER_CHECK_POINT,
  GET_TIMER_METRICS,
  INVOKE_BROKER_TO_RESET_OFFSET,
  MessageSysFlag,
  RECALL_MESSAGE,
  REGISTER_BROKER,
  ResponseCode,
  UNREGISTER_BROKER,
  UPDATE_AND_CREATE_TOPIC,
  UPDATE_CONSUMER_OFFSET,
} from '@rocketmq-ts/protocol';
import type { RemotingServer } from '@rocketmq-ts/remoting';
import type { Broker } from '../src/broker.ts';
import { type Caller, Stage } from './stage.ts';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.dispose());

const version = (counter: number): DataVersion => ({ stateVersion: 0, timestamp: 1_000 + counter, counter });

/** A master as its slave sees it; what it answers is changed by the test. */
class Master {
  readonly asked: string[] = [];
  /** Offsets that were handed to it: `topic@group queue offset`. */
  readonly handed: string[] = [];
  topics = new Map([['A', createTopicConfig('A', { readQueueNums: 2, writeQueueNums: 2 })]]);
  topicVersion = version(5);
  groups = new Map([['G', createSubscriptionGroupConfig('G', { retryQueueNums: 3 })]]);
  offsets = new Map([['A@G', new Map([[0, 10]])]]);
  delays = '{"dataVersion":{"counter":1,"stateVersion":0,"timestamp":9},"offsetTable":{1:7,3:4}}';
  modes = '{"messageRequestModeMap":{"A":{"G":{"consumerGroup":"G","mode":"POP","popShareQueueNum":0,"topic":"A"}}}}';
  logEnd = 0;
  pageOf: ((from: number) => string[]) | undefined;
  fails = new Set<Command>();
  /** Requests that are answered by `answerNow`. */
  readonly silent = new Set<Command>();
  readonly #held: (() => void)[] = [];
  readonly server: RemotingServer;

  constructor() {
    this.server = stage.server('m', 10911);
    this.#serve(GET_ALL_TOPIC_CONFIG, (call) => {
      const { topicSeq = 0, dataVersion = '' } = call.header;
      const isKnown = dataVersion !== '' && decodeDataVersion(dataVersion).counter === this.topicVersion.counter;
      const from = isKnown ? topicSeq : 0;
      const names = this.pageOf?.(from) ?? (from === 0 ? [...this.topics.keys()] : []);
      const topicConfigTable = new Map(names.map((name) => [name, this.topics.get(name)!]));
      const none = { topicQueueMappingInfoMap: new Map(), topicQueueMappingDetailMap: new Map() };
      const wrapper = { topicConfigTable, dataVersion: this.topicVersion, mappingDataVersion: version(0), ...none };
      call.answer({ totalTopicNum: this.topics.size }, { body: encodeTopicConfigSerializeWrapper(wrapper) });
    });
    this.#serve(GET_ALL_SUBSCRIPTIONGROUP_CONFIG, (call) => {
      const wrapper = { subscriptionGroupTable: this.groups, dataVersion: version(3), forbiddenTable: new Map() };
      call.answer({}, { body: encodeSubscriptionGroupWrapper(wrapper) });
    });
    this.#serve(GET_ALL_CONSUMER_OFFSET, (call) => {
      const wrapper = { offsetTable: this.offsets, dataVersion: version(2) };
      call.answer({}, { body: encodeConsumerOffsetSerializeWrapper(wrapper) });
    });
    this.#serve(GET_ALL_DELAY_OFFSET, (call) => call.answer({}, { body: Buffer.from(this.delays) }));
    this.#serve(GET_ALL_MESSAGE_REQUEST_MODE, (call) => call.answer({}, { body: Buffer.from(this.modes) }));
    this.#serve(GET_TIMER_CHECK_POINT, (call) => call.answer({}, { body: Buffer.alloc(56) }));
    this.#serve(GET_TIMER_METRICS, (call) => {
      const counts =
        '{"dataVersion":{"counter":4,"stateVersion":0,"timestamp":9},"timingCount":{"A":{"count":6,"timeStamp":9}}}';
      call.answer({}, { body: Buffer.from(counts) });
    });
    this.#serve(GET_BROKER_RUNTIME_INFO, (call) => {
      call.answer({}, { body: encodeKVTable(new Map([['commitLogMaxOffset', String(this.logEnd)]])) });
    });
    this.#serve(UPDATE_CONSUMER_OFFSET, (call) => {
      const { topic, consumerGroup, queueId, commitOffset } = call.header;
      this.handed.push(`${topic}@${consumerGroup} ${queueId} ${commitOffset} ${call.extFields.forwardOnly}`);
      this.offsets.set(`${topic}@${consumerGroup}`, new Map([[queueId, commitOffset]]));
      call.answer({});
    });
  }

  answerNow(): void {
    for (const answer of this.#held.splice(0)) answer();
  }

  #serve<C extends Command>(
    command: C,
    handler: Parameters<RemotingServer['handle']>[1] extends never
      ? never
      : (call: import('@rocketmq-ts/remoting').Call<C>) => void,
  ): void {
    this.server.handle(command, (call) => {
      this.asked.push(command.name);
      if (this.silent.has(command)) return void this.#held.push(() => handler(call));
      if (this.fails.has(command)) return call.fail(ResponseCode.SYSTEM_ERROR, 'not now');
      return handler(call);
    });
  }
}

/** A slave with a name server that knows its master. */
async function pair(
  properties: Record<string, string> = {},
  silent: readonly Command[] = [],
): Promise<{ master: Master; slave: Caller; broker: Broker; known: { masterAddr: string | undefined } }> {
  const known: { masterAddr: string | undefined } = { masterAddr: 'm:10911' };
  const nameServer = stage.server('ns', 9876);
  nameServer.handle(REGISTER_BROKER, (call) => call.answer({ masterAddr: known.masterAddr, haServerAddr: 'm:10912' }));
  nameServer.handle(UNREGISTER_BROKER, (call) => call.answer({}));
  await nameServer.start();
  const master = new Master();
  for (const command of silent) master.silent.add(command);
  await master.server.start();
  const broker = await stage.broker({ brokerRole: 'SLAVE', brokerId: '1', namesrvAddrs: 'ns:9876', ...properties });
  const slave = await stage.caller();
  await stage.clock.advance(500);
  return { master, slave, broker, known };
}

async function topicsOf(slave: Caller): Promise<string[]> {
  const { body } = await slave.request(GET_ALL_TOPIC_CONFIG, {});
  return [...decodeTopicConfigSerializeWrapper(body).topicConfigTable.keys()]
    .filter((name) => /^[A-Z][0-9]{0,2}$/.test(name))
    .sort();
}

test('a slave has its master’s topics, groups, progress and modes soon after its start, bodies in Apache’s dialect', async () => {
  const { slave } = await pair();
  const topics = decodeTopicConfigSerializeWrapper((await slave.request(GET_ALL_TOPIC_CONFIG, {})).body);
  assert.deepEqual([topics.topicConfigTable.get('A')?.readQueueNums, topics.dataVersion], [2, version(5)]);
  const groups = decodeSubscriptionGroupWrapper((await slave.request(GET_ALL_SUBSCRIPTIONGROUP_CONFIG, {})).body);
  assert.deepEqual([groups.subscriptionGroupTable.get('G')?.retryQueueNums, groups.dataVersion.counter], [3, 3]);
  const offsets = decodeConsumerOffsetSerializeWrapper((await slave.request(GET_ALL_CONSUMER_OFFSET, {})).body);
  assert.equal(offsets.offsetTable.get('A@G')?.get(0), 10);
  const delays = (await slave.request(GET_ALL_DELAY_OFFSET, {})).body.toString();
  assert.match(delays, /"offsetTable":\{1:7,3:4\}/);
  assert.match((await slave.request(GET_ALL_MESSAGE_REQUEST_MODE, {})).body.toString(), /"mode":"POP"/);
  assert.match((await slave.request(GET_TIMER_METRICS, {})).body.toString(), /"count":6/);
});

test('a topic with attributes among a hundred does not keep the others from the slave', async () => {
  const { master, slave } = await pair();
  for (let i = 0; i < 100; i++) {
    const name = `T${i}`;
    const attributes: Record<string, string> = i === 50 ? { 'message.type': 'FIFO' } : {};
    master.topics.set(name, createTopicConfig(name, { attributes }));
  }
  master.topicVersion = version(105);
  await stage.clock.advance(3500);
  assert.equal((await topicsOf(slave)).length, 101);
});

test('pages are asked for until nothing is missing, also the one entry that Apache’s slaves leave', async () => {
  const { master, slave } = await pair();
  for (const name of ['B', 'C']) master.topics.set(name, createTopicConfig(name));
  master.topicVersion = version(7);
  master.pageOf = (from) => [...master.topics.keys()].sort().slice(from, from + 2);
  await stage.clock.advance(3500);
  assert.deepEqual(await topicsOf(slave), ['A', 'B', 'C']);
});

test('what has not changed is asked for with its version and answered with an empty page; a deletion follows within seconds', async () => {
  const { master, slave } = await pair();
  await stage.clock.advance(3500);
  master.topics.delete('A');
  master.topics.set('B', createTopicConfig('B'));
  master.topicVersion = version(7);
  await stage.clock.advance(3500);
  assert.deepEqual(await topicsOf(slave), ['B']);
});

test('a master with an empty table deletes nothing', async () => {
  const { master, slave } = await pair();
  master.topics.clear();
  master.topicVersion = version(0);
  await stage.clock.advance(70_000);
  assert.deepEqual(await topicsOf(slave), ['A']);
  assert.equal(stage.log.with('its table is no later state of them: they stay').length, 1);
});

test('each item fails alone, is logged once, and is followed again when it can be', async () => {
  const { master, slave } = await pair();
  master.fails.add(GET_ALL_TOPIC_CONFIG);
  master.modes = 'no JSON';
  master.offsets.set('A@G', new Map([[0, 20]]));
  await stage.clock.advance(130_000);
  assert.equal(stage.log.with('can not be followed').length, 2);
  const offsets = decodeConsumerOffsetSerializeWrapper((await slave.request(GET_ALL_CONSUMER_OFFSET, {})).body);
  assert.equal(offsets.offsetTable.get('A@G')?.get(0), 20);
  master.fails.clear();
  await stage.clock.advance(5_000);
  assert.equal(stage.log.with('is followed again').length, 1);
});

test('progress waits until the log here has what the master’s log had', async () => {
  const { master, slave } = await pair();
  master.logEnd = 1000;
  master.offsets.set('A@G', new Map([[0, 20]]));
  await stage.clock.advance(10_000);
  const offsetNow = async (): Promise<number | undefined> =>
    decodeConsumerOffsetSerializeWrapper((await slave.request(GET_ALL_CONSUMER_OFFSET, {})).body)
      .offsetTable.get('A@G')
      ?.get(0);
  assert.equal(await offsetNow(), 10);
  master.logEnd = 0;
  await stage.clock.advance(3500);
  assert.equal(await offsetNow(), 20);
});

test('what consumers commit at the slave while the master is away is handed to the master, and never set back', async () => {
  const { master, slave, known } = await pair();
  await stage.clock.run(Promise.resolve(master.server.stop()));
  known.masterAddr = undefined;
  await stage.clock.advance(2000);
  const commit = (commitOffset: number) =>
    slave.request(UPDATE_CONSUMER_OFFSET, { consumerGroup: 'G', topic: 'A', queueId: 0, commitOffset });
  assert.equal((await commit(0)).code, ResponseCode.SUCCESS);
  // The slave of this test has an empty log: its end is not checked after a start that was clean.
  await commit(35);
  const back = new Master();
  await back.server.start();
  known.masterAddr = 'm:10911';
  await stage.clock.advance(8000);
  assert.deepEqual(back.handed, ['A@G 0 35 true']);
  const offsets = decodeConsumerOffsetSerializeWrapper((await slave.request(GET_ALL_CONSUMER_OFFSET, {})).body);
  assert.equal(offsets.offsetTable.get('A@G')?.get(0), 35);
});

test('a slave that lost its master asks the name servers every few seconds, not once in half a minute', async () => {
  const { master, known, slave } = await pair();
  await stage.clock.run(Promise.resolve(master.server.stop()));
  known.masterAddr = undefined;
  await stage.clock.advance(3000);
  master.asked.length = 0;
  const next = new Master();
  next.topics.set('B', createTopicConfig('B'));
  next.topicVersion = version(6);
  await next.server.start();
  known.masterAddr = 'm:10911';
  await stage.clock.advance(4000);
  assert.deepEqual(await topicsOf(slave), ['A', 'B']);
});

test('a slave stops while its first round is under way, whenever the master answers', async () => {
  for (let afterMs = 0; afterMs < 40; afterMs += 2) {
    const { master, broker } = await pair({}, [GET_ALL_MESSAGE_REQUEST_MODE]);
    assert.equal(master.asked.at(-1), 'GET_ALL_MESSAGE_REQUEST_MODE');
    const stopped = stage.stop(broker);
    stage.clock.after(afterMs, () => master.answerNow());
    await stopped;
    const asked = master.asked.length;
    await stage.clock.advance(10_000);
    assert.equal(master.asked.length, asked);
    await stage.dispose();
    stage = new Stage();
  }
});

test('a slave refuses what only a master does, with the codes of Apache’s', async () => {
  const { slave } = await pair({ recallMessageEnable: 'true' });
  const codes: [number, string | undefined][] = [];
  const ask = async <C extends Command>(command: C, header: never): Promise<void> => {
    const { code, remark } = await slave.request(command, header);
    codes.push([code, remark]);
  };
  const { code: sendCode, remark: sendRemark } = await slave.send('A', 'x');
  codes.push([sendCode, sendRemark]);
  await ask(CONSUMER_SEND_MSG_BACK, { offset: 0, group: 'G', delayLevel: 0 } as never);
  const { TRANSACTION_COMMIT } = MessageSysFlag;
  const end = { producerGroup: 'P', tranStateTableOffset: 0, commitLogOffset: 0, commitOrRollback: TRANSACTION_COMMIT };
  await ask(END_TRANSACTION, end as never);
  await ask(RECALL_MESSAGE, { topic: 'A', recallHandle: 'h' } as never);
  await ask(INVOKE_BROKER_TO_RESET_OFFSET, { topic: 'A', group: 'G', timestamp: 0, isForce: true } as never);
  assert.deepEqual(
    codes.map(([code]) => code),
    [2, 2, 11, 11, 1],
  );
  assert.equal(codes[0]![1], '[REJECTREQUEST]system busy, start flow control for a while');
  assert.equal(codes[4]![1], 'Can not reset offset in slave broker');
});

test('that a healthy slave takes no sends is not shown as a fault of its store', async () => {
  const { slave } = await pair();
  const facts = decodeKVTable((await slave.request(GET_BROKER_RUNTIME_INFO, {})).body);
  assert.deepEqual([facts.get('brokerActive'), facts.get('storeNotWriteableBecause')], ['false', undefined]);
});

test('a topic that an operator makes at a slave is undone by the next full round', async () => {
  const { slave } = await pair();
  await slave.request(UPDATE_AND_CREATE_TOPIC, { topic: 'B', readQueueNums: 1, writeQueueNums: 1, perm: 6 });
  assert.deepEqual(await topicsOf(slave), ['A', 'B']);
  await stage.clock.advance(65_000);
  assert.deepEqual(await topicsOf(slave), ['A']);
});
