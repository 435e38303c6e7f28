const { startCluster } = require('@rocketmq-ts/testing');

async function main() {
  const cluster = await startCluster({ clock: 'virtual', topics: { Orders: 1 } });
  const producer = await cluster.producer({ producerGroup: 'shop' });
  await producer.send({ topic: 'Orders', body: 'later' });
  const options = { consumerGroup: 'billing', topics: { Orders: '*' }, consumeFrom: 'FIRST_OFFSET' };
  await cluster.consumer(options, () => {});
  const [message] = await cluster.received('billing', { count: 1 });
  await cluster.stop();
  console.log(message.text());
}

main();
