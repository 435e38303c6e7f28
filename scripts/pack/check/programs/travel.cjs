// A message travels: the client that is handed in sends to the broker at argv[2] and receives again, also what another client
// compressed with ZSTD. Prints `travelled` and ends by itself. Under a test runner TRAVEL has the arguments.
const MESSAGES = 20;

module.exports = async function travel({ Producer, PushConsumer }) {
  const [namesrvAddr, topic, group] = process.env.TRAVEL?.split(' ') ?? process.argv.slice(2);
  const producer = new Producer({ namesrvAddr, producerGroup: group });
  await producer.start();
  for (let i = 0; i < MESSAGES; i++) {
    const result = await producer.send({
      topic,
      tags: 'TagA',
      keys: [`key-${i}`],
      body: `body-${i}-`.repeat(i * 100 + 1),
    });
    if (result.sendStatus !== 'SEND_OK') throw new Error(`${result}`);
  }
  await producer.stop();

  const consumer = new PushConsumer({ namesrvAddr, consumerGroup: group, consumeFrom: 'FIRST_OFFSET' });
  consumer.subscribe(topic, 'TagA || TagB');
  consumer.subscribe('Zstd', '*');
  const received = new Set();
  const all = new Promise((resolve) => {
    void consumer.start(async (message) => {
      const text = message.body.toString();
      received.add(
        message.topic === 'Zstd' ? `Zstd ${text === 'zstd '.repeat(4000)}` : text.slice(0, text.indexOf('-', 5)),
      );
      if (received.size === MESSAGES + 1) resolve(undefined);
    });
  });
  await all;
  await consumer.stop();
  for (let i = 0; i < MESSAGES; i++) if (!received.has(`body-${i}`)) throw new Error(`body-${i} is missing`);
  if (!received.has('Zstd true')) throw new Error('the body that was compressed by ZSTD is another');
  console.log('travelled');
};
