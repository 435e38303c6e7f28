import { type ConsumeMessageDirectlyResult, MessageProperty, type MessageView } from '@rocketmq-ts/admin';
import { requiredOption, valueOption } from '@rocketmq-ts/kernel';
import { isPush } from '../consumer/running-info-checks.ts';
import type { Command, CommandContext } from '../entry.ts';
import { booleanValue, charsetValue } from '../values.ts';
import { sendResultText } from './java-message.ts';
import { printMessage } from './message-text.ts';

export const queryMsgById: Command = {
  className: 'QueryMsgByIdSubCommand',
  options: [
    requiredOption('t', 'topic', 'topic name'),
    requiredOption('i', 'msgId', 'Message Id'),
    valueOption('g', 'consumerGroup', 'consumer group name'),
    valueOption('d', 'clientId', "The consumer's client id"),
    valueOption('s', 'sendMessage', 'resend message'),
    valueOption('u', 'unitName', 'unit name'),
    valueOption('f', 'bodyFormat', 'print message body by the specified format'),
    valueOption('c', 'cluster', 'Cluster name or lmq parent topic, lmq is used to find the route.'),
  ],
  examples: [
    { line: '-t Orders -i 0A00000100002A9F0000000000000000', does: 'A message by the id that tells its place.' },
    { line: '-t Orders -i 0A00000100002A9F0000000000000000 -f UTF-8', does: 'Its body is printed, too.' },
    {
      line: '-t Orders -i 0A00000100002A9F0000000000000000 -g billing -d 10.0.0.7@4711',
      does: 'One member of a group handles it now.',
    },
  ],
  async run(context) {
    const { options } = context;
    const ids = options
      .text('i')
      .split(',')
      .map((id) => id.trim());
    const wanted = ids.filter((id) => id !== '');
    if (options.has('g') && options.has('d')) return eachOf(context, wanted, pushToClient);
    if (options.has('s')) {
      // Anything but true does nothing at all.
      if (booleanValue(options, 's') === true) return eachOf(context, wanted, resend);
      return context.answer(null);
    }
    const decoder = options.has('f') ? charsetValue(options, 'f') : undefined;
    for (const id of wanted) await printMessage(context, await view(context, id), decoder);
  },
};

/** One that fails does not stop the others. */
async function eachOf(
  context: CommandContext,
  ids: readonly string[],
  handle: (context: CommandContext, id: string) => Promise<void>,
): Promise<void> {
  for (const id of ids) {
    try {
      await handle(context, id);
    } catch (failure) {
      context.warn(failure);
    }
  }
}

function view({ admin, options }: CommandContext, id: string): Promise<MessageView> {
  return admin.viewMessage(options.text('t'), id, { cluster: options.value('c') });
}

async function pushToClient(context: CommandContext, id: string): Promise<void> {
  const group = context.options.text('g');
  const clientId = context.options.text('d');
  if (!isPush(await context.admin.consumerRunningInfo(group, clientId))) {
    return context.refuse(`this ${clientId} client is not push consumer ,not support direct push \n`);
  }
  const message = await view(context, id);
  const result = await context.admin.consumeMessageDirectly(group, clientId, message);
  context.out(directResult(result));
  context.answer({ msgId: message.msgId, group, clientId, result });
}

/** What a consumer made of a message, as Java prints it. Source: ConsumeMessageDirectlyResult#toString. */
export function directResult(result: ConsumeMessageDirectlyResult): string {
  const { order, autoCommit, consumeResult, remark = 'null', spentTimeMills } = result;
  return `ConsumeMessageDirectlyResult [order=${order}, autoCommit=${autoCommit}, consumeResult=${consumeResult}, remark=${remark}, spentTimeMills=${spentTimeMills}]`;
}

/** A half message that nobody ends would be checked for ever, and never delivered. */
const NOT_SENT_AGAIN: ReadonlySet<string> = new Set([
  MessageProperty.TRANSACTION_PREPARED,
  MessageProperty.PRODUCER_GROUP,
]);

/** With its properties and its unique key. Option -u only chooses name servers in Apache's tool. */
async function resend(context: CommandContext, id: string): Promise<void> {
  const { topic, body, flag, properties: stored } = await view(context, id);
  const properties = new Map([...stored].filter(([name]) => !NOT_SENT_AGAIN.has(name)));
  context.print('prepare resend msg. originalMsgId=%s', id);
  const sender = await context.admin.topicSender(topic, 'ReSendMsgById');
  const sent = await sender.send({ body, properties, flag });
  context.out(sendResultText(sent));
  context.answer({ originalMsgId: id, ...sent });
}
