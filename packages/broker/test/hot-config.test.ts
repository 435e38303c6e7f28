import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { decodeMessages, ResponseCode } from '@rocketmq-ts/protocol';
import { type Caller, Stage } from './stage.ts';
import { sendHalf } from './transacting.ts';

// What Apache's broker reads at each use. Source: DefaultMessageStore#getMessage, SendMessageProcessor#sendMessage.

let stage: Stage;
let caller: Caller;
beforeEach(async () => {
  stage = new Stage();
  caller = await stage.started();
  await caller.putTopic('T');
});
afterEach(() => stage.dispose());

/** How many messages a pull from the first on gets. */
async function pulled(): Promise<number> {
  return decodeMessages((await caller.pull('T', { maxMsgNums: 32 })).body, { inflate: false }).length;
}

test('bounds of a pull change while the broker runs', async () => {
  for (let i = 0; i < 12; i++) await caller.send('T', 'x'.repeat(500));
  assert.equal(await pulled(), 12);
  await caller.configure('maxTransferCountOnMessageInMemory=5');
  assert.equal(await pulled(), 5);
  await caller.configure('maxTransferCountOnMessageInMemory=32\nmaxTransferBytesOnMessageInMemory=1500');
  const few = await pulled();
  assert.ok(few >= 1 && few <= 3, String(few));
  await caller.configure('maxTransferBytesOnMessageInMemory=262144');
  assert.equal(await pulled(), 12);
});

test('the region of messages and answers changes while the broker runs', async () => {
  const before = await caller.send('T', 'a');
  await caller.configure('regionId=North');
  const after = await caller.send('T', 'b');
  assert.deepEqual([before.header.regionId, after.header.regionId], ['DefaultRegion', 'North']);
  const regions = (await caller.messages('T')).map((message) => message.property('MSG_REGION'));
  assert.deepEqual(regions, ['DefaultRegion', 'North']);
});

// Source: MessageExtEncoder, CommitLog#updateMaxMessageSize.
test('the largest body changes while the broker runs, in both directions', async () => {
  const codeOf = async (bytes: number): Promise<number> => (await caller.send('T', 'x'.repeat(bytes))).code;
  assert.equal(await codeOf(2000), ResponseCode.SUCCESS);
  const { remark } = await caller.configure('maxMessageSize=1000');
  assert.equal(remark ?? '', '', 'nothing waits for the next start');
  assert.equal(await codeOf(1001), ResponseCode.MESSAGE_ILLEGAL);
  assert.equal(await codeOf(1000), ResponseCode.SUCCESS);
  await caller.configure('maxMessageSize=3000');
  assert.equal(await codeOf(3000), ResponseCode.SUCCESS);
  assert.equal(await codeOf(3001), ResponseCode.MESSAGE_ILLEGAL);
});

// Source: TransactionMetricsFlushService, BrokerController#updateNamesrvAddr, NettyRemotingServer#configChannel.
test('periods that Apache reads anew each time change while the broker runs', async () => {
  const { remark } = await caller.configure(
    'transactionMetricFlushInterval=2000\nfetchNameSrvAddrByDnsLookup=true\nserverChannelMaxIdleTimeSeconds=30',
  );
  assert.equal(remark ?? '', '', 'nothing waits for the next start');
  await stage.clock.advance(10_000);
  await sendHalf(caller, 'T', 'k');
  await stage.clock.advance(3000);
  const path = '/store/config/transactionMetrics';
  assert.match(stage.machine().disk.readFile(path)!.toString(), /"T":\{"count":1,/);
  await stage.clock.advance(40_000);
  const closed = stage.log.lines.filter(({ fields }) => /no byte in either direction/.test(String(fields?.reason)));
  assert.equal(closed.length, 1, 'the connection of the caller');
});

test('what needs a restart is said in the answer', async () => {
  const { code, remark } = await caller.configure('timerWheelEnable=false\nmessageIndexEnable=false');
  assert.equal(code, ResponseCode.SUCCESS);
  assert.equal(remark, 'After the next start: timerWheelEnable, messageIndexEnable');
});
