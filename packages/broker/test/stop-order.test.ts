import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import {
  PullSysFlag,
  REGISTER_BROKER,
  ResponseCode,
  UNREGISTER_BROKER,
  UPDATE_CONSUMER_OFFSET,
} from '@rocketmq-ts/protocol';
import { type Caller, ROOT, Stage } from './stage.ts';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.dispose());

/** A name server that answers an unregistration 100 ms after `onLeave` was called. */
async function nameServer(onLeave: () => void): Promise<void> {
  const server = stage.server('ns', 9876);
  server.handle(REGISTER_BROKER, (call) => call.answer({}));
  server.handle(UNREGISTER_BROKER, (call) => {
    onLeave();
    stage.clock.after(100, () => call.answer({}));
  });
  await server.start();
}

/** Files that are replaced and removed from now on: `saved topics.json`, `removed abort`. */
function watchDisk(seen: (event: string) => void): void {
  const { faults } = stage.machine().disk;
  const take = faults.take.bind(faults);
  faults.take = (operation, path) => {
    const name = path.slice(path.lastIndexOf('/') + 1);
    if (operation === 'rename') seen(`saved ${name.replace(/\.tmp$/, '')}`);
    if (operation === 'remove') seen(`removed ${name}`);
    return take(operation, path);
  };
}

const commit = (caller: Caller, commitOffset: number) =>
  caller.ask(UPDATE_CONSUMER_OFFSET, { consumerGroup: 'G', topic: 'T', queueId: 0, commitOffset });

test('a broker that stops leaves the name servers, answers, closes its ports, saves its tables and closes the store, in this order', async () => {
  const events: string[] = [];
  const seen = (event: string): void => {
    if (!events.includes(event)) events.push(event);
  };
  await nameServer(() => seen('left the name server'));
  const broker = await stage.broker({ namesrvAddr: 'ns:9876', autoCreateSubscriptionGroup: 'true' });
  const caller = await stage.caller();
  await caller.send('T', '0');
  caller.remoting.onDisconnect(() => seen('ports are closed'));
  const held = caller.askPull('T', {
    queueOffset: 1,
    sysFlag: PullSysFlag.SUBSCRIPTION | PullSysFlag.SUSPEND,
    suspendTimeoutMillis: 60_000,
  });
  await stage.clock.advance(1000);
  watchDisk(seen);

  const stopped = broker.stop().then(() => seen('stopped'));
  await stage.clock.advance(50);
  assert.deepEqual(events, ['left the name server']);
  // Clients that have an older route are still served, and what they send is kept.
  assert.equal((await commit(caller, 1)).code, ResponseCode.SUCCESS);
  const pulled = held.then(({ code }) => {
    assert.equal(code, ResponseCode.PULL_NOT_FOUND);
    seen('held pulls are answered');
  });
  await stage.clock.advance(60);
  assert.equal((await commit(caller, 0)).code, ResponseCode.SERVICE_NOT_AVAILABLE);
  await stage.clock.run(Promise.all([stopped, pulled]), 60_000);

  const order = [
    'left the name server',
    'held pulls are answered',
    'ports are closed',
    'saved delayOffset.json',
    'saved topics.json',
    'removed abort',
    'stopped',
  ];
  assert.deepEqual(
    events.filter((event) => order.includes(event)),
    order,
  );
  assert.equal(stage.saved('consumerOffset').offsetTable['T@G']['0'], 1);
});

test('a broker whose port is taken stops what it has started, and another one can open its store', async () => {
  const other = stage.server('broker', 10909);
  await other.start();
  await assert.rejects(stage.broker(), { code: 'PORT_IN_USE' });
  assert.equal(stage.machine().disk.readFile(`${ROOT}/abort`), undefined);
  await other.stop();
  await stage.broker();
});
