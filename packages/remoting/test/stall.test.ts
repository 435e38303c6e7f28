import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Clock, silentLogger } from '@rocketmq-ts/kernel';
import { GET_BROKER_CLUSTER_INFO } from '@rocketmq-ts/protocol';
import { createRemotingClient, createRemotingServer, type RemotingError } from '@rocketmq-ts/remoting';
import { SimulatedEnvironment } from '@rocketmq-ts/testkit';

/** A clock whose monotonic time can be pushed forward at once: what a process sees that did not run for a while. */
function stallingClock(clock: Clock): Clock & { stall(ms: number): void } {
  let lostMs = 0;
  return {
    now: () => clock.now() + lostMs,
    monotonicMs: () => clock.monotonicMs() + lostMs,
    after: (delayMs, task) => clock.after(delayMs, task),
    every: (periodMs, task) => clock.every(periodMs, task),
    endOfTurn: (task) => clock.endOfTurn(task),
    stall: (ms) => {
      lostMs += ms;
    },
  };
}

async function exchange(stalls: readonly number[], answerAfterMs: number): Promise<string> {
  const environment = new SimulatedEnvironment(5);
  const server = createRemotingServer({
    platform: environment.machine('server'),
    logger: silentLogger,
    host: '0.0.0.0',
    port: 10911,
  });
  server.handle(GET_BROKER_CLUSTER_INFO, (call) => {
    environment.clock.after(answerAfterMs, () => call.answer({}));
  });
  await server.start();
  const clock = stallingClock(environment.clock);
  const client = createRemotingClient({ platform: { ...environment.machine('client'), clock }, logger: silentLogger });
  await client.start();
  const address = `${environment.network.addressOf('server')}:10911`;
  const outcome = client.request(address, GET_BROKER_CLUSTER_INFO, {}, { timeoutMs: 1000 }).then(
    () => 'answered',
    (error: RemotingError) => error.code,
  );
  for (const atMs of stalls) environment.clock.after(atMs, () => clock.stall(20_000));
  const outcomeCode = await environment.clock.run(outcome);
  await environment.clock.run(Promise.resolve(client.stop()));
  await environment.clock.run(Promise.resolve(server.stop()));
  await environment.clock.advance(answerAfterMs);
  assert.equal(environment.clock.pendingTimers, 0);
  return outcomeCode;
}

test('a process that did not run for a while reads the answers that wait before requests time out', async () => {
  assert.equal(await exchange([50], 120), 'answered');
  assert.equal(await exchange([], 120), 'answered');
});

test('the time in which a process did not run counts: without an answer the request times out at the next sweep', async () => {
  assert.equal(await exchange([50], 5000), 'REQUEST_TIMEOUT');
  assert.equal(await exchange([], 5000), 'REQUEST_TIMEOUT');
  assert.equal(
    await exchange([50, 150, 250], 5000),
    'REQUEST_TIMEOUT',
    'a process that often does not run still fails requests in the end',
  );
});
