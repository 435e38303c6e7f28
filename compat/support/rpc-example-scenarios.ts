import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Cluster } from './cluster.ts';
import { RunningExamples } from './example-scenarios.ts';

/** Our examples of request and reply and of namespaces, run as users run them. */
export function rpcExampleScenarios(clusterOf: () => Cluster): void {
  test('the examples of request and reply, and of namespaces, find each other', { timeout: 120_000 }, async () => {
    const examples = new RunningExamples(clusterOf());
    try {
      const [responder, named] = await Promise.all([
        examples.start('rpc.ResponseConsumer'),
        examples.start('namespace.PushConsumerWithNamespace'),
      ]);
      await Promise.all([
        responder.waitForLine(/^Consumer Started\.$/, 30_000),
        named.waitForLine(/^Consumer Started\.$/, 30_000),
      ]);
      const sender = await (await examples.start('namespace.ProducerWithNamespace')).end(30_000);
      assert.equal(sender.output.match(/^Topic:NAMESPACE_TOPIC send success/gm)?.length, 100);
      await named.waitForLine(/^Msg topic is:NAMESPACE_TOPIC, MsgId is:\S+, reconsumeTimes is:0$/, 60_000);
      // The first request makes the topic, and the responder has yet to learn of it.
      await (await examples.start('rpc.RequestProducer')).end(30_000);
      await responder.waitForLine(/^handle message: /, 60_000);
      const one = await (await examples.start('rpc.RequestProducer')).end(30_000);
      assert.match(one.output, /^request to <RequestTopic> cost: \d+ replyMessage: MessageExt \[/m);
      const ten = await (await examples.start('rpc.AsyncRequestProducer')).end(30_000);
      assert.equal(
        ten.output.match(/^request to <RequestTopic> cost: \d+ replyMessage: reply message contents\./gm)?.length,
        10,
      );
    } finally {
      await examples.stop();
    }
  });
}
