import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BrokerError, ClientError, type SendResult } from '@rocketmq-ts/client';
import type { MessageQueue } from '@rocketmq-ts/protocol';
import { RemotingError } from '@rocketmq-ts/remoting';
import { SeededRandom, VirtualClock } from '@rocketmq-ts/testkit';
import { defaultRetryResponseCodes } from '../src/producer/producer-options.ts';
import { type AttemptOutcome, type SendLoop, sendWithRetries } from '../src/producer/send-loop.ts';
import { sendResult } from '../src/producer/send-result.ts';
import { PublishQueues } from '../src/route/publish-queues.ts';

const queues = ['a', 'b', 'c'].map((brokerName) => ({ topic: 'T', brokerName, queueId: 0 }));

function stored(queue: MessageQueue, sendStatus: SendResult['sendStatus'] = 'SEND_OK'): SendResult {
  return sendResult({
    sendStatus,
    msgId: 'M',
    offsetMsgId: 'O',
    messageQueue: queue,
    queueOffset: 0,
    transactionId: undefined,
    recallHandle: undefined,
    regionId: 'DefaultRegion',
    traceOn: true,
  });
}

type Attempt = (queue: MessageQueue, timeoutMs: number, clock: VirtualClock) => Promise<SendResult>;

/** Runs one send whose attempts go as scripted; tells what was tried and what was noted about brokers. */
function script(attempts: Attempt[], changes: Partial<SendLoop> = {}) {
  const clock = new VirtualClock();
  const tried: string[] = [];
  const budgets: number[] = [];
  const outcomes: AttemptOutcome[] = [];
  const run = sendWithRetries({
    clock,
    topic: 'T',
    queues: new PublishQueues(queues, new SeededRandom(1)),
    health: undefined,
    attempts: 3,
    startMs: 0,
    timeoutMs: 3000,
    attemptTimeoutMs: undefined,
    retryAnotherBrokerWhenNotStoreOk: false,
    retryResponseCodes: new Set(defaultRetryResponseCodes),
    signal: undefined,
    attempt(queue, timeoutMs) {
      tried.push(queue.brokerName);
      budgets.push(timeoutMs);
      return attempts[tried.length - 1]!(queue, timeoutMs, clock);
    },
    record: (_broker, _latency, outcome) => outcomes.push(outcome),
    ...changes,
  });
  run.catch(() => {});
  return { run, clock, tried, budgets, outcomes };
}

const ok: Attempt = async (queue) => stored(queue);
const broken: Attempt = async () => {
  throw new RemotingError('CONNECT_FAILED', 'connect to 10.0.0.1:10911 failed', { retryable: true });
};
const refuse =
  (code: number): Attempt =>
  async () => {
    throw new BrokerError('The message', '10.0.0.1:10911', { code, remark: 'why' });
  };
const slow =
  (ms: number, then: Attempt): Attempt =>
  async (queue, timeoutMs, clock) => {
    await new Promise<void>((resolve) => clock.after(ms, resolve));
    return then(queue, timeoutMs, clock);
  };

// Source of all: DefaultMQProducerImpl#sendDefaultImpl (spec/client.md §4.4).
test('the first stored answer is the result', async () => {
  const { run, tried, outcomes } = script([ok]);
  assert.equal((await run).sendStatus, 'SEND_OK');
  assert.equal(tried.length, 1);
  assert.deepEqual(outcomes, ['answered']);
});

test('a broken connection and a retryable code go on to another broker', async () => {
  const { run, tried, outcomes } = script([broken, refuse(2), ok]);
  assert.equal((await run).messageQueue.brokerName, tried[2]);
  assert.notEqual(tried[0], tried[1]);
  assert.notEqual(tried[1], tried[2]);
  assert.deepEqual(outcomes, ['transport', 'refused', 'answered']);
});

test('every retryable code is retried, any other rises at once', async () => {
  for (const code of defaultRetryResponseCodes) {
    const { run, tried } = script([refuse(code), ok]);
    await run;
    assert.equal(tried.length, 2, `code ${code}`);
  }
  for (const code of [13, 29, 26]) {
    const { run, tried } = script([refuse(code), ok]);
    await assert.rejects(run, (error) => error instanceof BrokerError && error.responseCode === code);
    assert.equal(tried.length, 1);
  }
});

test('after the last attempt the error names the brokers tried and carries the last failure', async () => {
  const { run } = script([refuse(1), refuse(1), broken]);
  await assert.rejects(run, (error) => {
    assert.ok(error instanceof ClientError);
    assert.equal(error.code, 'SEND_FAILED');
    assert.match(error.message, /failed 3 times/);
    assert.match(error.message, /10\.0\.0\.1:10911/);
    assert.ok(!error.message.includes('null'));
    assert.equal((error.cause as { code: string }).code, 'CONNECT_FAILED');
    return true;
  });
});

test('a stored but not flushed answer is returned at once unless asked to retry', async () => {
  const late: Attempt = async (queue) => stored(queue, 'FLUSH_DISK_TIMEOUT');
  const plain = script([late]);
  assert.equal((await plain.run).sendStatus, 'FLUSH_DISK_TIMEOUT');
  const better = script([late, ok], { retryAnotherBrokerWhenNotStoreOk: true });
  assert.equal((await better.run).sendStatus, 'SEND_OK');
  const worse = script([late, refuse(13)], { retryAnotherBrokerWhenNotStoreOk: true });
  assert.equal((await worse.run).sendStatus, 'FLUSH_DISK_TIMEOUT');
  const never = script([late, broken, broken], { retryAnotherBrokerWhenNotStoreOk: true });
  assert.equal((await never.run).sendStatus, 'FLUSH_DISK_TIMEOUT');
});

test('attempts share one budget; without a cap the first may use all of it', async () => {
  const { run, clock, budgets, tried } = script([slow(1000, broken), slow(2000, broken), ok]);
  await assert.rejects(clock.run(run), (error) => error instanceof ClientError && error.code === 'SEND_TIMEOUT');
  assert.deepEqual(budgets, [3000, 2000]);
  assert.equal(tried.length, 2);
});

test('a cap holds for an attempt only while another is left', async () => {
  const { run, clock, budgets } = script([slow(500, broken), slow(500, broken), ok], { attemptTimeoutMs: 500 });
  await clock.run(run);
  assert.deepEqual(budgets, [500, 500, 2000]);
});

test('an aborted signal ends the retries', async () => {
  const abort = new AbortController();
  const { run, tried } = script(
    [
      async (queue, timeoutMs, clock) => {
        abort.abort(new Error('enough'));
        return broken(queue, timeoutMs, clock);
      },
      ok,
    ],
    { signal: abort.signal },
  );
  await assert.rejects(run, (error) => error instanceof ClientError && error.code === 'ABORTED');
  assert.equal(tried.length, 1);
});

test('an unknown error is a bug and rises untouched', async () => {
  const bug = new TypeError('oops');
  const { run, tried } = script([async () => Promise.reject(bug), ok]);
  await assert.rejects(run, (error) => error === bug);
  assert.equal(tried.length, 1);
});
