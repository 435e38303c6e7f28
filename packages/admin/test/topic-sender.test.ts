import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseMessageProperties, SEND_MESSAGE_V2 } from '@rocketmq-ts/protocol';
import type { AdminError } from '../src/index.ts';
import { type SmallCluster, withSmallCluster } from './small-cluster.ts';

interface Sent {
  readonly brokerName: string | undefined;
  readonly queueId: number;
  readonly group: string;
  readonly flag: number;
  readonly properties: ReadonlyMap<string, string>;
}

function takeAll({ brokers }: SmallCluster, sent: Sent[]): void {
  for (const broker of [brokers.a, brokers.b]) {
    broker.handle(SEND_MESSAGE_V2, (call) => {
      const { brokerName, queueId, producerGroup: group, flag } = call.header;
      sent.push({ brokerName, queueId, group, flag, properties: parseMessageProperties(call.header.properties) });
      call.answer({ msgId: 'OFFSET', queueId, queueOffset: sent.length, recallHandle: 'handle' });
    });
  }
}

describe('messages are sent to a topic as by an operator', () => {
  test('one queue after the other gets one, and the route is asked for once', async () => {
    const sent: Sent[] = [];
    await withSmallCluster(
      (cluster) => takeAll(cluster, sent),
      async (admin, { routesAsked }) => {
        const sender = await admin.topicSender('T', 'G');
        assert.equal(sender.queues.length, 4);
        for (let i = 0; i < 8; i++) await sender.send({ body: Buffer.from('x') });
        assert.deepEqual(routesAsked, ['T']);
      },
    );
    const queues = sent.map(({ brokerName, queueId }) => `${brokerName}${queueId}`);
    assert.deepEqual(queues.slice(0, 4).toSorted(), ['a0', 'a1', 'b0', 'b1']);
    assert.deepEqual(queues.slice(4), queues.slice(0, 4));
    assert.ok(sent.every(({ group }) => group === 'G'));
  });

  test('the receipt has what the broker answered', async () => {
    await withSmallCluster(
      (cluster) => takeAll(cluster, []),
      async (admin) => {
        const queue = { topic: 'T', brokerName: 'b', queueId: 1 };
        const receipt = await (await admin.topicSender('T')).send({ body: Buffer.from('x') }, queue);
        const { sendStatus, offsetMsgId, queueOffset, recallHandle } = receipt;
        assert.deepEqual(
          { sendStatus, offsetMsgId, queueOffset, recallHandle, queue: receipt.queue },
          { sendStatus: 'SEND_OK', offsetMsgId: 'OFFSET', queueOffset: 1, recallHandle: 'handle', queue },
        );
      },
    );
  });

  test('a message that is sent again keeps its properties and its unique key', async () => {
    const sent: Sent[] = [];
    const properties = new Map([
      ['UNIQ_KEY', 'KEY'],
      ['TAGS', 'red'],
      ['WAIT', 'false'],
      ['mine', '1'],
    ]);
    await withSmallCluster(
      (cluster) => takeAll(cluster, sent),
      async (admin) => {
        const sender = await admin.topicSender('T');
        const { msgId } = await sender.send({ body: Buffer.from('x'), properties, flag: 5 });
        assert.equal(msgId, 'KEY');
        const other = await sender.send({ body: Buffer.from('x'), properties, uniqueKey: 'OTHER' });
        assert.equal(other.msgId, 'OTHER');
        const made = await sender.send({ body: Buffer.from('x'), properties: new Map([['mine', '2']]) });
        assert.match(made.msgId, /^[0-9A-F]{32}$/);
      },
    );
    assert.deepEqual(sent[0]?.properties, properties);
    assert.equal(sent[0]?.flag, 5);
    assert.deepEqual(sent[1]?.properties, new Map([...properties, ['UNIQ_KEY', 'OTHER']]));
  });

  test('a topic without a route and without a template is refused before anything is sent', async () => {
    await withSmallCluster(
      () => {},
      async (admin) => {
        // The template topic of the cluster is found, so that one is asked for that has none.
        const sender = await admin.topicSender('nothing');
        await assert.rejects(sender.send({ body: Buffer.from('x') }), (error: AdminError) => error.code === 'REFUSED');
      },
    );
  });
});
