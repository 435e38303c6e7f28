import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import {
  ClientError,
  type ClientErrorCode,
  createReplyMessage,
  type MessageExt,
  type Producer,
} from '@rocketmq-ts/client';
import {
  type Command,
  decodeMessages,
  formatMessageProperties,
  MessageSysFlag,
  PULL_MESSAGE,
  type RequestInput,
  SEND_REPLY_MESSAGE_V2,
} from '@rocketmq-ts/protocol';
import { PULL_FIELDS, SEND_FIELDS } from '@rocketmq-ts/testkit';
import { type Cluster, startCluster } from '@rocketmq-ts/testkit/cluster';

const TOPIC = 'RequestTopic';
const REPLY_TOPIC = 'DefaultCluster_REPLY_TOPIC';

let cluster: Cluster;
let asking: Producer;
/** Sends the replies. */
let answering: Producer;
/** What the responder does with each request. */
let respond: (request: MessageExt) => Promise<void>;
let warnings: string[];

async function start(brokers: number): Promise<void> {
  cluster = await startCluster({
    seed: 11,
    brokers,
    topics: { [TOPIC]: 2 },
    onLog: ({ machine, level, sentence }) => {
      if (machine === 'asking' && level === 'warn') warnings.push(sentence);
    },
  });
  asking = await cluster.producer({ producerGroup: 'asking', machine: 'asking', maxPendingRequests: 8 });
  answering = await cluster.producer({ producerGroup: 'answering', machine: 'answering' });
  const options = { consumerGroup: 'responders', consumeFrom: 'FIRST_OFFSET', topics: { [TOPIC]: '*' } } as const;
  await cluster.consumer(options, (request) => respond(request));
  await cluster.advance(2000);
}

beforeEach(() => {
  warnings = [];
  respond = async (request) => void (await answering.send(createReplyMessage(request, `re: ${request.text()}`)));
});
afterEach(async () => {
  await cluster.stop();
  assert.equal(cluster.clock.pendingTimers, 0, 'a stopped cluster leaves no timer');
});

const request = (body: string, timeoutMs = 3000, producer = asking) =>
  producer.request({ topic: TOPIC, body }, { timeoutMs });
/** A request to broker-a as `mqadmin` makes it. */
async function ask<C extends Command>(command: C, header: RequestInput<C>, body?: Buffer) {
  const answer = await cluster.run(cluster.admin.ask(cluster.broker('broker-a').address, command, header, body));
  assert.ok(answer, 'the broker answered');
  return answer;
}

const withCode = (code: ClientErrorCode) => (error: unknown) => error instanceof ClientError && error.code === code;

test('a request resolves with what a consumer replies, whose properties say when it came', async () => {
  await start(1);
  const reply = await cluster.run(request('how much?'));
  assert.equal(reply.text(), 're: how much?');
  assert.equal(reply.topic, REPLY_TOPIC);
  const { properties } = reply;
  assert.equal(properties.get('MSG_TYPE'), 'reply');
  assert.equal(properties.get('TTL'), '3000');
  assert.equal(properties.get('REPLY_TO_CLIENT'), asking.clientId);
  assert.match(
    properties.get('CORRELATION_ID') ?? '',
    /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  );
  assert.ok(Number(properties.get('ARRIVE_TIME')) >= Number(properties.get('PUSH_REPLY_TIME')));
  assert.ok(reply.storeTimestamp > 0 && reply.bornHost.port > 0);
  const stored = await ask(PULL_MESSAGE, { ...PULL_FIELDS, topic: REPLY_TOPIC });
  assert.ok(stored.body.length > 0, 'a copy is stored in the reply topic');
});

test('many requests at a time get each its own reply, compressed ones too, over whatever broker it comes', async () => {
  await start(3);
  respond = async (asked) => {
    await answering.send(createReplyMessage(asked, asked.text().repeat(3000)));
  };
  const bodies = ['one ', 'two ', 'three ', 'four ', 'five ', 'six '];
  const replies = await cluster.run(Promise.all(bodies.map((body) => request(body))));
  assert.deepEqual(
    replies.map((reply) => reply.text()),
    bodies.map((body) => body.repeat(3000)),
  );
  assert.deepEqual(warnings, []);
});

test('a request may choose its queue as a send does, and its topic is made when it does not exist', async () => {
  await start(1);
  let queueId: number | undefined;
  respond = async (asked) => {
    queueId = asked.queueId;
    await answering.send(createReplyMessage(asked, 'here'));
  };
  const select = {
    select: (queues: readonly { queueId: number }[]) => queues.find((one) => one.queueId === 1) as never,
  };
  await cluster.run(asking.request({ topic: TOPIC, body: 'to queue 1' }, select));
  assert.equal(queueId, 1);
  const nobody = asking.request({ topic: 'NobodyListens', body: 'x' }, { timeoutMs: 500 });
  await assert.rejects(cluster.run(nobody), withCode('REPLY_TIMEOUT'));
});

test('a request without a reply ends in time; the reply that comes later is reported and dropped, as is a second one', async () => {
  await start(1);
  let late: (() => Promise<unknown>) | undefined;
  respond = async (asked) => {
    late = () => answering.send(createReplyMessage(asked, 'late'));
  };
  const before = cluster.clock.monotonicMs();
  await assert.rejects(cluster.run(request('anybody?', 1000)), (error: unknown) => {
    assert.ok(withCode('REPLY_TIMEOUT')(error));
    assert.match((error as Error).message, /within 1000 ms; a broker has the request/);
    return true;
  });
  const tookMs = cluster.clock.monotonicMs() - before;
  assert.ok(tookMs >= 1000 && tookMs <= 1100, `${tookMs} ms`);
  await cluster.run(late!());
  assert.equal(warnings.length, 1);
  respond = async (asked) => {
    const reply = createReplyMessage(asked, 'twice');
    await Promise.all([answering.send(reply), answering.send(reply)]);
  };
  assert.equal((await cluster.run(request('again'))).text(), 'twice');
  await cluster.advance(1000);
  assert.equal(warnings.length, 2);
  assert.ok(warnings.every((sentence) => sentence.startsWith('a reply came that no request waits for')));
});

test('so many requests wait at a time as allowed, and a producer that stops ends them', async () => {
  await start(1);
  respond = async () => {};
  const waiting = Array.from({ length: 8 }, () => request('x', 60_000));
  const ends = Promise.allSettled(waiting);
  await assert.rejects(cluster.run(request('one more')), withCode('TOO_MANY_REQUESTS'));
  await cluster.advance(1000);
  await cluster.run(asking.stop());
  for (const outcome of await cluster.run(ends)) {
    assert.ok(outcome.status === 'rejected' && withCode('STOPPED')(outcome.reason));
  }
  await assert.rejects(cluster.run(request('after')), withCode('WRONG_STATE'));
});

test('a caller may give up waiting', async () => {
  await start(1);
  respond = async () => {};
  const giveUp = new AbortController();
  const waiting = asking.request({ topic: TOPIC, body: 'x' }, { timeoutMs: 60_000, signal: giveUp.signal });
  const end = assert.rejects(waiting, withCode('ABORTED'));
  await cluster.advance(500);
  giveUp.abort();
  await end;
  const late = asking.request({ topic: TOPIC, body: 'x' }, { signal: giveUp.signal });
  await assert.rejects(cluster.run(late), withCode('ABORTED'));
});

test('a requester is found after its connections broke, also while its request waits', async () => {
  await start(2);
  assert.equal((await cluster.run(request('first'))).text(), 're: first');
  for (const broker of ['broker-a', 'broker-b']) cluster.cut('asking', broker);
  await cluster.advance(100);
  for (let i = 0; i < 4; i++) assert.equal((await cluster.run(request(`then ${i}`))).text(), `re: then ${i}`);
  respond = async (asked) => {
    for (const broker of ['broker-a', 'broker-b']) cluster.cut('asking', broker);
    await new Promise<void>((resolve) => void cluster.clock.after(500, resolve));
    await answering.send(createReplyMessage(asked, 'after the cut'));
  };
  assert.equal((await cluster.run(request('wait'))).text(), 'after the cut');
});

test('a requester is found by a broker that was started anew', async () => {
  await start(1);
  assert.equal((await cluster.run(request('first'))).text(), 're: first');
  cluster.broker('broker-a').kill();
  await cluster.broker('broker-a').start();
  await cluster.advance(5000);
  assert.equal((await cluster.run(request('second', 20_000), 60_000)).text(), 're: second');
});

test('a message that asks for no reply, or names no requester, can not be replied to', async () => {
  await start(1);
  const seen: unknown[] = [];
  respond = async (message) => {
    try {
      createReplyMessage(message, 'what?');
    } catch (error) {
      seen.push(error);
    }
  };
  await cluster.run(asking.send({ topic: TOPIC, body: 'a statement' }));
  await cluster.advance(1000);
  assert.ok(seen.length === 1 && withCode('NOT_A_REQUEST')(seen[0]), String(seen[0]));
  assert.match((seen[0] as Error).message, /has no property REPLY_TO_CLIENT/);
});

test('names of request and reply are reserved, and a reply is a single message without delay that is not asked for again', async () => {
  await start(1);
  for (const name of ['CORRELATION_ID', 'REPLY_TO_CLIENT', 'MSG_TYPE', 'TTL', 'ARRIVE_TIME', 'PUSH_REPLY_TIME']) {
    const forged = { topic: TOPIC, body: 'x', properties: { [name]: 'forged' } };
    await assert.rejects(asking.send(forged), withCode('MESSAGE_ILLEGAL'));
    await assert.rejects(asking.request(forged), withCode('MESSAGE_ILLEGAL'));
  }
  const reply = { topic: REPLY_TOPIC, body: 'x', replyTo: { correlationId: 'c', clientId: 'me' } };
  for (const sending of [
    asking.send({ ...reply, delayLevel: 3 }),
    asking.send([reply]),
    asking.send({ ...reply, replyTo: { correlationId: '', clientId: 'me' } }),
    asking.send({ ...reply, replyTo: { correlationId: 'a\u0001b', clientId: 'me' } }),
    asking.request(reply),
  ])
    await assert.rejects(sending, withCode('MESSAGE_ILLEGAL'));
  const unknown = cluster.run(asking.send(reply, { timeoutMs: 1000 }));
  await assert.rejects(unknown, /push reply message fail, channel of <me> not found/);
});

test('a forged reply, one without the id of a request, and one whose body can not be inflated harm nobody', async () => {
  await start(1);
  respond = async () => {};
  const waiting = request('x', 60_000);
  await cluster.advance(500);
  const push = (properties: Record<string, string>, sysFlag: number, body: string) => {
    const propertiesText = formatMessageProperties(
      Object.entries({ REPLY_TO_CLIENT: asking.clientId!, MSG_TYPE: 'reply', ...properties }),
    );
    const header = { ...SEND_FIELDS, topic: REPLY_TOPIC, sysFlag, properties: propertiesText };
    return ask(SEND_REPLY_MESSAGE_V2, header, Buffer.from(body));
  };
  assert.equal((await push({ CORRELATION_ID: 'guessed' }, 0, 'forged')).code, 0);
  assert.equal(warnings.length, 1);
  const nameless = await push({}, 0, 'forged');
  assert.equal(nameless.code, 1);
  assert.match(nameless.remark ?? '', /it has no CORRELATION_ID$/);
  const stored = await ask(PULL_MESSAGE, { ...PULL_FIELDS, topic: TOPIC });
  const other = await ask(PULL_MESSAGE, { ...PULL_FIELDS, topic: TOPIC, queueId: 1 });
  const [asked] = [...decodeMessages(stored.body), ...decodeMessages(other.body)];
  const correlationId = asked!.properties.get('CORRELATION_ID')!;
  const { COMPRESSED } = MessageSysFlag;
  assert.equal((await push({ CORRELATION_ID: correlationId }, COMPRESSED, 'no zlib stream')).code, 0);
  const reply = await cluster.run(waiting);
  assert.deepEqual([reply.text(), reply.sysFlag & COMPRESSED], ['no zlib stream', COMPRESSED]);
  assert.ok(warnings.includes('the body of a reply could not be inflated'));
});
