import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type RocketmqContext, RocketmqRecord, RocketmqServer } from '@rocketmq-ts/nestjs';
import { Stage } from './sample-app.ts';

test('an SQL92 pattern gets what the broker selects by headers', async () => {
  const stage = await Stage.start({ brokerProperties: { enablePropertyFilter: 'true' } });
  await stage.cluster.createTopic('Priced', 1);
  const server = new RocketmqServer({
    namesrvAddr: stage.cluster.namesrvAddr,
    consumerGroup: 'sql',
    consumeFrom: 'FIRST_OFFSET',
    platform: stage.cluster.environment.machine('nest'),
  });
  const calls: string[] = [];
  server.addHandler(
    { topic: 'Priced', sql: 'price > 10' },
    async (data, context: RocketmqContext) => void calls.push(`${data} ${context.getHeader('price')}`),
    true,
  );
  const started = Promise.withResolvers<void>();
  await stage.cluster.run(server.listen((error) => (error === undefined ? started.resolve() : started.reject(error))));
  await started.promise;
  const client = stage.client();
  for (const price of ['5', '15'])
    await stage.emit(client, 'Priced', new RocketmqRecord('fruit', { headers: { price } }));
  await stage.cluster.advance(2000);
  assert.deepEqual(calls, ['fruit 15']);
  await stage.cluster.run(server.close());
  await stage.stop();
});
