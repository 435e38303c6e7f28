// The sender that is handed in sends to the broker at argv[2], saves what it cannot send, and sends it later. Prints `kept`.
const { rmSync } = require('node:fs');
const { setTimeout: sleep } = require('node:timers/promises');

module.exports = async function outbox({ MqMessageSender, MessageSavedError, openOutbox }, { CodedError }) {
  const [, , namesrvAddr, topic] = process.argv;
  const file = `${topic}.db`;
  const options = { producerGroup: topic, database: { kind: 'sqlite', file }, logger: { warn() {}, error() {} } };

  const away = await MqMessageSender.start({ ...options, namesrvAddr: '127.0.0.1:1', sendTimeoutMs: 500 });
  const refused = await away.sendMsg(topic, 'TagA', 'key', 'saved').then(
    () => undefined,
    (error) => error,
  );
  if (!(refused instanceof MessageSavedError)) throw new Error(`not saved: ${refused}`);
  if (!(refused instanceof CodedError)) throw new Error('errors of the sender are none of the client');
  await away.stop();

  const sender = await MqMessageSender.start({ ...options, namesrvAddr });
  const outbox = await openOutbox({ kind: 'sqlite', file });
  for (let tries = 0; (await outbox.stats()).waiting + (await outbox.stats()).sending > 0; tries++) {
    if (tries > 600) throw new Error('what was saved is not sent');
    await sleep(50);
  }
  const { sendStatus } = await sender.sendMsg(topic, 'TagA', 'other', 'sent at once');
  if (sendStatus !== 'SEND_OK') throw new Error(sendStatus);
  await outbox[Symbol.asyncDispose]();
  await sender.stop();
  rmSync(file);
  console.log('kept');
};
