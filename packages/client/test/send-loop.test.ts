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

/** Runs one send whose attempts end as scripted; returns what was tried and what was recorded about brokers. */
function script(attempts: Attempt[], changes: Partial<SendLoop> & { readonly brokers?: typeof queues } = {}) {
  const clock = new VirtualClock();
  const tried: string[] = [];
  const budgets: number[] = [];
  const triedAtMs: number[] = [];
  const outcomes: AttemptOutcome[] = [];
  const published = new PublishQueues(changes.brokers ?? queues, new SeededRandom(1));
  const run = sendWithRetries({
    clock,
    topic: 'T',
    queues: published,
    health: undefined,
    attempts: 3,
    startMs: 0,
    timeoutMs: 3000,
    attemptTimeoutMs: undefined,
    retryAnotherBrokerWhenNotStoreOk: false,
    retryResponseCodes: new Set(defaultRetryResponseCodes),
    signal: undefined,
    stopping: undefined,
    attempt(queue, timeoutMs) {
      tried.push(queue.brokerName);
      triedAtMs.push(clock.monotonicMs());
      budgets.push(timeoutMs);
      return (attempts[tried.length - 1] ?? attempts.at(-1)!)(queue, timeoutMs, clock);
    },
    refresh: async () => published,
    record: (_broker, _latency, outcome) => outcomes.push(outcome),
    ...changes,
  });
  run.catch(() => {});
  return { run, clock, tried, triedAtMs, budgets, outcomes };
}

const ok: Attempt = async (queue) => stored(queue);
const broken: Attempt = async () => {
  throw new RemotingError('CONNECT_FAILED', 'connect to 10.0.0.1:10911 failed', { retryable: true });
};
/** Unlike `broken`, the message was on its way. */
const lost: Attempt = async () => {
  throw new RemotingError('CONNECTION_CLOSED', 'The connection to 10.0.0.1:10911 was lost.', { retryable: true });
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

// Source of all but the pauses: DefaultMQProducerImpl#sendDefaultImpl.
test('the first stored answer is the result', async () => {
  const { run, tried, outcomes } = script([ok]);
  assert.equal((await run).sendStatus, 'SEND_OK');
  assert.equal(tried.length, 1);
  assert.deepEqual(outcomes, ['answered']);
});

test('after a broken connection or a retryable code another broker is tried', async () => {
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
  const { run } = script([refuse(1), refuse(1), lost]);
  await assert.rejects(run, (error) => {
    assert.ok(error instanceof ClientError);
    assert.equal(error.code, 'SEND_FAILED');
    assert.match(error.message, /failed 3 times/);
    assert.match(error.message, /10\.0\.0\.1:10911/);
    assert.ok(!error.message.includes('null'));
    assert.equal((error.cause as { code: string }).code, 'CONNECTION_CLOSED');
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
  assert.equal((await never.clock.run(never.run)).sendStatus, 'FLUSH_DISK_TIMEOUT');
});

test('attempts share one budget; without a cap the first may use all of it', async () => {
  const { run, clock, budgets, tried } = script([slow(1000, broken), slow(2000, broken), ok]);
  await assert.rejects(clock.run(run), (error) => error instanceof ClientError && error.code === 'SEND_TIMEOUT');
  assert.deepEqual(budgets, [3000, 2000]);
  assert.equal(tried.length, 2);
});

test('a cap holds for an attempt only while another is left', async () => {
  const { run, clock, budgets } = script([slow(500, lost), slow(500, lost), ok], { attemptTimeoutMs: 500 });
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

test('each broker is tried at once; when all failed, pauses follow within the time', async () => {
  const { run, clock, tried, triedAtMs } = script([broken]);
  await assert.rejects(clock.run(run), (error) => {
    assert.ok(error instanceof ClientError && error.code === 'SEND_FAILED');
    assert.equal(error.facts.attempts, tried.length);
    assert.match(error.message, /brokers tried: \w, \w, \w\. The last failure/);
    return true;
  });
  assert.deepEqual(triedAtMs.slice(0, 9), [0, 0, 0, 50, 50, 50, 150, 150, 150]);
  assert.deepEqual(new Set(tried.slice(3, 6)), new Set(['a', 'b', 'c']));
  const gaps = triedAtMs.slice(1).map((at, index) => at - triedAtMs[index]!);
  assert.ok(Math.max(...gaps) <= 500 && triedAtMs.at(-1)! > 2800 && triedAtMs.at(-1)! < 3000, `${triedAtMs}`);
});

test('a broker that was slow is tried before any is tried again', async () => {
  const health = { available: (name: string) => name === 'a', reachable: (name: string) => name === 'a' };
  const { run, clock, tried, triedAtMs } = script([broken], { health });
  await assert.rejects(clock.run(run), ClientError);
  for (let round = 0; round < 4; round++) {
    assert.deepEqual(tried.slice(round * 3, round * 3 + 3).sort(), ['a', 'b', 'c']);
    assert.equal(new Set(triedAtMs.slice(round * 3, round * 3 + 3)).size, 1);
  }
});

test('a broker that answers again within the time gets the message, also at its end', async () => {
  for (const backAtMs of [60, 1000, 2500, 2850]) {
    const back: Attempt = (queue, timeoutMs, clock) =>
      (clock.monotonicMs() < backAtMs ? broken : ok)(queue, timeoutMs, clock);
    const { run, clock } = script([back], { brokers: queues.slice(0, 1) });
    assert.equal((await clock.run(run)).sendStatus, 'SEND_OK', `back after ${backAtMs} ms`);
  }
});

test('attempts that reached a broker are counted, with a pause where it is the only one', async () => {
  for (const attempt of [refuse(2), lost]) {
    const { run, clock, triedAtMs } = script([attempt], { brokers: queues.slice(0, 1) });
    await assert.rejects(clock.run(run), (error) => error instanceof ClientError && error.code === 'SEND_FAILED');
    assert.deepEqual(triedAtMs, [0, 50, 150]);
  }
});

test('without retries there is one attempt, whatever becomes of it', async () => {
  const { run, clock, tried } = script([broken], { attempts: 1 });
  await assert.rejects(clock.run(run), (error) => error instanceof ClientError && /failed once/.test(error.message));
  assert.equal(tried.length, 1);
});

test('a producer that gives its sends up makes no further attempt', async () => {
  const stopping = new AbortController();
  const { run, clock, tried } = script([broken], { stopping: stopping.signal });
  await clock.advance(100);
  const before = tried.length;
  stopping.abort();
  await assert.rejects(clock.run(run), (error) => error instanceof ClientError && error.code === 'STOPPED');
  assert.equal(tried.length, before);
});

test('a request that cannot be made is not tried again', async () => {
  const unsendable: Attempt = async () => {
    throw new RemotingError('BAD_FRAME', 'The request is too large.', { retryable: false });
  };
  const { run, tried } = script([unsendable]);
  await assert.rejects(run, (error) => error instanceof RemotingError && error.code === 'BAD_FRAME');
  assert.equal(tried.length, 1);
});

test('an unknown error is a bug and rises untouched', async () => {
  const bug = new TypeError('oops');
  const { run, tried } = script([async () => Promise.reject(bug), ok]);
  await assert.rejects(run, (error) => error === bug);
  assert.equal(tried.length, 1);
});
