import { requiredOption, valueOption } from '@rocketmq-ts/kernel';
import type { Command } from '../entry.ts';
import { sendResultText } from '../message/java-message.ts';
import { integerValue } from '../values.ts';

const PRODUCER_GROUP = 'PID_SMSC';
const TEXT = 'hello jodie';
const WARM_UP_BYTES = 16;
const DEFAULT_BYTES = 128;
const DEFAULT_COUNT = 50;

/** To the topic that has the name of the broker. The first message, which is not shown, opens connections. Source: SendMsgStatusCommand. */
export const sendMsgStatus: Command = {
  className: 'SendMsgStatusCommand',
  options: [
    requiredOption('b', 'brokerName', 'Broker Name e.g. clusterName_brokerName as DefaultCluster_broker-a'),
    valueOption('s', 'messageSize', 'Message Size, Default: 128'),
    valueOption('c', 'count', 'send message count, Default: 50'),
  ],
  examples: [{ line: '-b broker-a -c 10', does: 'Sends ten messages to a broker and prints how long each took.' }],
  async run(context) {
    const { options, clock } = context;
    const body = bodyOf(integerValue(options, 's') ?? DEFAULT_BYTES);
    const count = integerValue(options, 'c') ?? DEFAULT_COUNT;
    const sender = await context.admin.topicSender(options.text('b'), PRODUCER_GROUP);
    await sender.send({ body: bodyOf(WARM_UP_BYTES) });
    for (let i = 0; i < count && !context.signal.aborted; i++) {
      const begin = clock.monotonicMs();
      const sent = await sender.send({ body });
      const rtMs = Math.floor(clock.monotonicMs() - begin);
      context.out(`rt=${rtMs}ms, SendResult=${sendResultText(sent)}\n`);
      context.answer({ rtMs, ...sent });
    }
  },
};

/** Whole repetitions, up to the size or a little beyond. */
function bodyOf(bytes: number): Buffer {
  return Buffer.from(TEXT.repeat(Math.max(0, Math.ceil(bytes / TEXT.length))));
}
