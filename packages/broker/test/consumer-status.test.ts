import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import {
  decodeGetConsumerStatusBody,
  encodeGetConsumerStatusBody,
  GET_CONSUMER_STATUS_FROM_CLIENT,
  INVOKE_BROKER_TO_GET_CONSUMER_STATUS,
} from '@rocketmq-ts/protocol';
import { consumer, subscription } from './consumers.ts';
import { type Caller, Stage } from './stage.ts';

let stage: Stage;
let admin: Caller;
beforeEach(async () => {
  stage = new Stage();
  await stage.broker();
  admin = await stage.caller('broker:10911', 'admin');
});
afterEach(() => stage.dispose());

const queue = { topic: 'T', brokerName: 'a', queueId: 0 };

/** A member of G that answers with this offset; undefined: it never answers, a text: it refuses with it. */
async function member(clientID: string, offset: number | string | undefined): Promise<void> {
  const caller = await stage.caller('broker:10911', clientID);
  caller.remoting.handle(GET_CONSUMER_STATUS_FROM_CLIENT, (call) => {
    assert.deepEqual([call.header.topic, call.header.group], ['T', 'G']);
    if (offset === undefined) return;
    if (typeof offset === 'string') return call.fail(1, offset);
    const body = encodeGetConsumerStatusBody({ messageQueueTable: [[queue, offset]], consumerTable: new Map() });
    call.answer({}, { body });
  });
  await caller.heartbeat({ clientID, consumers: [consumer('G', [subscription('T')])] });
}

async function status(clientAddr?: string): Promise<unknown> {
  const answer = await admin.request(INVOKE_BROKER_TO_GET_CONSUMER_STATUS, { topic: 'T', group: 'G', clientAddr });
  if (answer.code !== 0) return [answer.code, answer.remark];
  const { messageQueueTable, consumerTable } = decodeGetConsumerStatusBody(answer.body);
  assert.deepEqual(messageQueueTable, []);
  return [...consumerTable].map(([clientId, table]) => [
    clientId,
    table.map(([{ queueId }, offset]) => [queueId, offset]),
  ]);
}

test('progress is asked of all members, or of the one that is named', async () => {
  await member('c1', 7);
  await member('c2', 9);
  assert.deepEqual(await status(), [
    ['c1', [[0, 7]]],
    ['c2', [[0, 9]]],
  ]);
  assert.deepEqual(await status('c2'), [['c2', [[0, 9]]]]);
  assert.deepEqual(await status('c3'), []);
});

test('members that refuse or do not answer are left out, with a line in the log', async () => {
  await member('c1', 7);
  await member('silent', undefined);
  await member('refusing', 'not now');
  assert.deepEqual(await status(), [['c1', [[0, 7]]]]);
  assert.deepEqual(
    stage.log.with('does not report its progress').map(({ fields }) => fields?.clientId),
    ['refusing', 'silent'],
  );
});

test('a group without members is refused', async () => {
  assert.deepEqual(await status(), [1, 'No Any Consumer online in the consumer group: [G]']);
});
