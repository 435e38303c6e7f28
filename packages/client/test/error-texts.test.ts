import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientErrors, Producer, type ProducerOptions, PushConsumer } from '@rocketmq-ts/client';
import { type CodedError, silentLogger } from '@rocketmq-ts/kernel';
import { remotingErrors } from '@rocketmq-ts/remoting';
import { SimulatedEnvironment } from '@rocketmq-ts/testkit';
import { ScriptedCluster } from './scripted-cluster.ts';

/** Why a text is no whole, readable sentence; undefined when it is. */
function faultOf(text: string): string | undefined {
  if (!/^["'`A-Z0-9]/.test(text)) return 'begins with a small letter';
  if (!/[.!?]$/.test(text)) return 'does not end';
  if (/\d\.\d{3,}/.test(text)) return 'has a number that is not rounded';
  if (/\d (?=(Send|Check|Create|Correct|Call|Set|Use|Give) )/.test(text)) return 'has no full stop before the advice';
  if (/request code \d|\bcode \d+ with|undefined|null|NaN|\[object/.test(text))
    return 'has a number or nothing for a name';
  if (/the text says|that the text names/.test(text)) return 'speaks of a text';
  if (/\.\.|\.:|: \./.test(text)) return 'has double stops';
  return undefined;
}

test('meaning and advice of every error are whole sentences', () => {
  for (const table of [clientErrors, remotingErrors]) {
    for (const [code, { meaning, advice }] of Object.entries(table)) {
      assert.equal(faultOf(meaning), undefined, `${code}: ${meaning}`);
      assert.equal(faultOf(advice), undefined, `${code}: ${advice}`);
    }
  }
});

/** Makes one error happen; the environment is new each time. */
type Provoke = (tools: {
  readonly environment: SimulatedEnvironment;
  readonly cluster: ScriptedCluster;
  readonly producer: (changes?: Partial<ProducerOptions>) => Promise<Producer>;
}) => Promise<unknown>;

const message = { topic: 'TopicTest', body: 'x' };
const queue = { topic: 'TopicTest', brokerName: 'broker-a', queueId: 0 };

const provocations: Record<string, { readonly code: string; readonly says: RegExp; readonly provoke: Provoke }> = {
  'a dead broker': {
    code: 'SEND_FAILED',
    says: /failed \d+ times in \d+ ms; brokers tried: broker-a\. The last failure: Connecting to [\d.]+:9876 failed: .*\. Send again/,
    provoke: async ({ producer, cluster }) => {
      const made = await producer();
      await made.send(message);
      await cluster.stop();
      return made.send(message);
    },
  },
  'a dead broker of a queue that was chosen': {
    code: 'CONNECT_FAILED',
    says: /^Connecting to [\d.]+:9876 failed: .*\.$/,
    provoke: async ({ producer, cluster }) => {
      const made = await producer();
      await made.send(message);
      await cluster.stop();
      return made.send(message, { queue });
    },
  },
  'a broker that does not answer': {
    code: 'SEND_TIMEOUT',
    says: /took 2\d{3} ms of 2000 ms; .*did not answer SEND_MESSAGE_V2 within 2000 ms\. Send again/,
    provoke: async ({ producer, cluster, environment }) => {
      const made = await producer();
      await made.send(message);
      cluster.sendDelayMs = 100_000;
      await environment.clock.advance(0.4455);
      return made.send(message, { timeoutMs: 1999.5545279999997 });
    },
  },
  'a silent broker of a queue that was chosen': {
    code: 'REQUEST_TIMEOUT',
    says: /^[\d.]+:9876 did not answer SEND_MESSAGE_V2 within 2000 ms\.$/,
    provoke: async ({ producer, cluster }) => {
      const made = await producer();
      await made.send(message);
      cluster.sendDelayMs = 100_000;
      return made.send(message, { queue, timeoutMs: 1999.5545279999997 });
    },
  },
  'a connection that breaks': {
    code: 'SEND_FAILED',
    says: /The connection to [\d.]+:9876 was lost/,
    provoke: async ({ producer, cluster, environment }) => {
      const made = await producer({ retryTimesWhenSendFailed: 0 });
      await made.send(message);
      cluster.sendDelayMs = 100_000;
      environment.clock.after(100, () => environment.network.cut('client', 'cluster'));
      return made.send(message);
    },
  },
  'a dead name server': {
    code: 'NAMESRV_UNREACHABLE',
    says: /GET_ROUTEINFO_BY_TOPIC was answered by no name server: [\d.]+:9876 \(Connecting to .*[^.]\)\. Check/,
    provoke: async ({ producer, environment }) =>
      (await producer({ namesrvAddr: `${environment.network.addressOf('absent')}:9876` })).send(message),
  },
  'an unknown topic': {
    code: 'ROUTE_NOT_FOUND',
    says: /knows no writable queue of topic Nowhere\. Check that a broker is up .*clusterList.*create the topic/,
    provoke: async ({ producer, cluster }) => {
      cluster.topics.delete('TBW102');
      return (await producer()).send({ topic: 'Nowhere', body: 'x' });
    },
  },
  'a topic of the brokers': {
    code: 'NAME_ILLEGAL',
    says: /SCHEDULE_TOPIC_XXXX, into which only brokers write\. Choose another name: .* no name of a system topic/,
    provoke: async ({ producer }) => (await producer()).send({ topic: 'SCHEDULE_TOPIC_XXXX', body: 'x' }),
  },
  'a message without a body': {
    code: 'MESSAGE_ILLEGAL',
    says: /topic TopicTest has an empty body\. Correct what is named here and send it again\.$/,
    provoke: async ({ producer }) => (await producer()).send({ ...message, body: '' }),
  },
  'a message above the limit of a frame': {
    code: 'BAD_FRAME',
    says: /^SEND_MESSAGE_V2 to [\d.]+:9876 cannot be sent: a frame of \d+ bytes is above the limit of 16777216 bytes\.$/,
    provoke: async ({ producer }) =>
      (await producer({ maxMessageBytes: 32 << 20, compressOverBytes: 32 << 20 })).send({
        ...message,
        body: Buffer.alloc(17 << 20),
      }),
  },
  'a topic whose brokers lost the permission': {
    code: 'ROUTE_NOT_FOUND',
    says: /can be read but not written.*addWritePerm/,
    provoke: async ({ producer, cluster }) => {
      cluster.perm = 4;
      return (await producer()).send(message);
    },
  },
  'a refusal': {
    code: 'BROKER_REFUSED',
    says: /^SEND_MESSAGE_V2 of a message to topic TopicTest was refused by [\d.]+:9876 with code 13 MESSAGE_ILLEGAL: "too long"\. Correct the message: .*\.$/,
    provoke: async ({ producer, cluster }) => {
      cluster.refuseNext('SEND_MESSAGE_V2', 13, 'too long');
      return (await producer()).send(message);
    },
  },
  'a refusal without a remark': {
    code: 'BROKER_REFUSED',
    says: /with code 4711: without a remark\. Read the remark/,
    provoke: async ({ producer, cluster }) => {
      cluster.refuseNext('SEND_BATCH_MESSAGE', 4711, '');
      return (await producer()).send([message]);
    },
  },
  'a foreign queue': {
    code: 'QUEUE_ILLEGAL',
    says: /is for topic TopicTest, but the queue is/,
    provoke: async ({ producer }) => (await producer()).send(message, { queue: { ...queue, topic: 'Other' } }),
  },
  'a broker that no route names': {
    code: 'BROKER_UNKNOWN',
    says: /No master of broker broker-z is known/,
    provoke: async ({ producer }) => (await producer()).send(message, { queue: { ...queue, brokerName: 'broker-z' } }),
  },
  'a bad key': {
    code: 'MESSAGE_ILLEGAL',
    says: /has the key "order 1": a space.*\. Correct what is named here/,
    provoke: async ({ producer }) => (await producer()).send({ ...message, keys: ['order 1'] }),
  },
  'a send before the start': {
    code: 'WRONG_STATE',
    says: /is CREATE_JUST; send needs RUNNING\. Call/,
    provoke: async ({ environment }) =>
      new Producer({ namesrvAddr: '127.0.0.1:1', producerGroup: 'g', platform: environment.machine('x') }).send(
        message,
      ),
  },
  'a bad option': {
    code: 'OPTION_ILLEGAL',
    says: /sendTimeoutMs is 0\.5, but must be a whole number, at least 1\. Give/,
    provoke: async ({ producer }) => producer({ sendTimeoutMs: 0.5 }),
  },
  'no name server': {
    code: 'NO_NAME_SERVER',
    says: /No name server was given\. Set/,
    provoke: async ({ producer }) => producer({ namesrvAddr: '' }),
  },
  'a bad listener': {
    code: 'LISTENER_ILLEGAL',
    says: /neither a function nor/,
    provoke: async ({ cluster, environment }) =>
      new PushConsumer({
        namesrvAddr: cluster.namesrvAddr,
        consumerGroup: 'g',
        platform: environment.machine('x'),
        logger: silentLogger,
      }).start({ orderly: 7 } as never),
  },
};

for (const [name, { code, says, provoke }] of Object.entries(provocations)) {
  test(`the error of ${name} is a whole sentence about what happened`, async () => {
    const environment = new SimulatedEnvironment(61);
    const cluster = await ScriptedCluster.start(environment, { TopicTest: 2, TBW102: 8 });
    const made: Producer[] = [];
    const producer = async (changes: Partial<ProducerOptions> = {}): Promise<Producer> => {
      const one = new Producer({
        namesrvAddr: cluster.namesrvAddr,
        producerGroup: 'orders',
        platform: environment.machine('client'),
        logger: silentLogger,
        ...changes,
      });
      made.push(one);
      await one.start();
      return one;
    };
    await assert.rejects(environment.clock.run(provoke({ environment, cluster, producer })), (error) => {
      const { code: its, message: text } = error as CodedError;
      assert.equal(its, code, text);
      assert.match(text, says);
      assert.equal(faultOf(text), undefined, text);
      return true;
    });
    for (const one of made) await environment.clock.run(one.stop());
    await environment.clock.run(cluster.stop());
    // Answers that the scripted broker holds back.
    await environment.clock.advance(100_000);
    assert.equal(environment.clock.pendingTimers, 0);
  });
}
