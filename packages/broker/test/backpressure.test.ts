import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { CONSUMER_SEND_MSG_BACK, ResponseCode, SEND_MESSAGE_V2, UPDATE_CONSUMER_OFFSET } from '@rocketmq-ts/protocol';
import type { Response } from '@rocketmq-ts/remoting';
import { SEND_FIELDS } from '@rocketmq-ts/testkit';
import { diskBusy, SendAnswers } from '../src/send/send-answers.ts';
import { MAX_IN_FLIGHT_BYTES, SendsInFlight } from '../src/send/sends-in-flight.ts';
import { type Caller, Stage } from './stage.ts';

const MIB = 1024 * 1024;
const SYNC_FLUSH = { flushDiskType: 'SYNC_FLUSH', mappedFileSizeCommitLog: String(256 * MIB) };

let stage: Stage;
let caller: Caller;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.dispose());

async function start(config: Record<string, string>): Promise<void> {
  await stage.broker(config);
  caller = await stage.caller();
  await caller.putTopic('T', 2);
}

type Sent = Response<typeof SEND_MESSAGE_V2>;

/** Sends without waiting; the answers that are there are gathered. */
function sendMany(count: number, bodyBytes: number, topic = 'T', from = caller): Sent[] {
  const answers: Sent[] = [];
  const body = Buffer.alloc(bodyBytes);
  for (let nth = 0; nth < count; nth++) {
    void from.ask(SEND_MESSAGE_V2, { ...SEND_FIELDS, topic }, { body }).then((answer) => answers.push(answer));
  }
  return answers;
}

/** How many answers have each code. */
function codes(answers: readonly Sent[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { code } of answers) counts[code] = (counts[code] ?? 0) + 1;
  return counts;
}

// Source: SendMessageProcessor#rejectRequest, DefaultMessageStore#isOSPageCacheBusy.
test('while a flush is slow sends are refused as system busy with its time and the limit; pulls, progress and topics are served', async () => {
  await start(SYNC_FLUSH);
  assert.equal((await caller.send('T', 'before')).code, 0);
  stage.machine().disk.faults.add({ operation: 'sync', path: 'commitlog', delayMs: 4000 });
  const slow = sendMany(1, 10);
  await stage.clock.advance(1300);
  for (const refused of [
    await caller.send('T', 'x'),
    await caller.sendBatch('T', [{}, {}]),
    await caller.send('New', 'x'),
  ]) {
    assert.equal(refused.code, ResponseCode.SYSTEM_BUSY);
    assert.match(
      refused.remark ?? '',
      /^\[REJECTREQUEST\]system busy, start flow control for a while: a flush of the commit log has been under way for 1\d{3} ms, longer than osPageCacheBusyTimeOutMills 1000; \d+ bytes wait for it$/,
    );
  }
  assert.deepEqual(await caller.bodies('T'), ['before']);
  const commit = { consumerGroup: 'G', topic: 'T', queueId: 0, commitOffset: 1 };
  assert.equal((await caller.request(UPDATE_CONSUMER_OFFSET, commit)).code, 0);
  assert.equal((await caller.putTopic('Other')).code, 0);
  const { physicalOffset } = await caller.last('T');
  const back = await caller.request(CONSUMER_SEND_MSG_BACK, { offset: physicalOffset, group: 'G', delayLevel: 0 });
  assert.equal(back.code, ResponseCode.SYSTEM_ERROR);
  assert.match(back.remark ?? '', /^OS_PAGE_CACHE_BUSY: .* since a flush of the commit log has been under way for /);
  await stage.clock.advance(4000);
  assert.deepEqual(codes(slow), { 0: 1 });
  assert.equal((await caller.send('T', 'after')).code, 0);
});

test('a limit of another time holds from the moment in which it is set', async () => {
  await start(SYNC_FLUSH);
  await caller.configure('osPageCacheBusyTimeOutMills=3000');
  stage.machine().disk.faults.add({ operation: 'sync', path: 'commitlog', delayMs: 5000 });
  const slow = sendMany(1, 10);
  await stage.clock.advance(2800);
  const inTime = sendMany(1, 10);
  await stage.clock.advance(400);
  const late = await caller.send('T', 'x');
  assert.match(late.remark ?? '', /longer than osPageCacheBusyTimeOutMills 3000/);
  await stage.clock.advance(3000);
  assert.deepEqual([codes(slow), codes(inTime)], [{ 0: 1 }, { 0: 1 }]);
});

// The store's own tests fill it. Source: SendMessageProcessor#handlePutMessageResult.
test('bytes of the log that wait for the disk have another beginning of the remark than a slow disk', () => {
  const facts = {
    isDiskSlow: false,
    busyBecause: '67108865 bytes of the commit log wait for the disk, more than 67108864',
  };
  assert.equal(
    diskBusy(facts),
    '[PC_SYNCHRONIZED]broker busy, start flow control for a while: 67108865 bytes of the commit log wait for the disk, more than 67108864',
  );
});

test('sends in flight count with what they hold beside their bodies, and are full at their limit', () => {
  const inFlight = new SendsInFlight(10_000);
  for (const bodyBytes of [0, 5000]) inFlight.began(bodyBytes);
  assert.deepEqual([inFlight.bytes, inFlight.isFull], [7048, false]);
  inFlight.began(2000);
  assert.equal(inFlight.isFull, true);
  for (const bodyBytes of [0, 5000, 2000]) inFlight.ended(bodyBytes);
  assert.deepEqual([inFlight.bytes, inFlight.isFull], [0, false]);
});

test('sends that wait until their new topic is saved have a limit of their own: other topics are served', async () => {
  await start({ mappedFileSizeCommitLog: String(256 * MIB) });
  assert.equal((await caller.send('T', 'x')).code, 0);
  stage.machine().disk.faults.add({ operation: 'sync', path: 'topics.json', delayMs: 5000 });
  const answers: Sent[] = [];
  for (let nth = 0; nth < 12; nth++) {
    const answer = sendMany(1, 4 * MIB, 'New');
    await stage.clock.advance(50);
    answers.push(...answer);
  }
  assert.deepEqual(codes(answers), { 2: 4 });
  assert.match(
    answers[0]?.remark ?? '',
    /^\[REJECTREQUEST\]system busy, start flow control for a while: 33562624 bytes of sends wait until new topics such as New are saved, the limit is 33554432$/,
  );
  assert.equal((await caller.send('T', 'y')).code, 0);
  await stage.clock.advance(6000);
  assert.equal((await caller.send('New', 'z')).code, 0);
  assert.equal((await caller.messages('New')).length, 9);
});

test('sends are refused before any work while those in flight hold too much memory', () => {
  const facts = { isDiskSlow: false, busyBecause: undefined };
  const address = { host: '127.0.0.1', port: 10911 };
  const answers = new SendAnswers({} as never, address, { facts } as never, {} as never, {} as never);
  assert.equal(answers.whyBusy(), undefined);
  answers.inFlight.began(MAX_IN_FLIGHT_BYTES);
  assert.deepEqual(
    [answers.whyBusy()?.code, answers.whyBusy()?.remark],
    [
      ResponseCode.SYSTEM_BUSY,
      '[REJECTREQUEST]system busy, start flow control for a while: 134218752 bytes of sends wait for the disk, the limit is 134217728',
    ],
  );
  answers.inFlight.ended(MAX_IN_FLIGHT_BYTES);
  assert.equal(answers.whyBusy(), undefined);
});
