import { CodedError, requiredOption, valueOption } from '@rocketmq-ts/kernel';
import type { MqadminErrorCode } from '../../errors.ts';
import type { Command } from '../entry.ts';

/** Source: NamesrvUtil#NAMESPACE_ORDER_TOPIC_CONFIG. */
export const ORDER_TOPIC_CONFIG = 'ORDER_TOPIC_CONFIG';

/** Source: UpdateOrderConfCommand. */
export const updateOrderConf: Command = {
  className: 'UpdateOrderConfCommand',
  options: [
    requiredOption('t', 'topic', 'topic name'),
    valueOption('v', 'orderConf', 'set order conf [eg. brokerName1:num;brokerName2:num]'),
    requiredOption('m', 'method', 'option type [eg. put|get|delete'),
  ],
  examples: [
    { line: '-t Orders -m get', does: 'Queues of each broker that ordered producers count on.' },
    { line: '-t Orders -m put -v "broker-a:8;broker-b:8"', does: 'Sets them.' },
    { line: '-t Orders -m delete', does: 'Removes them.' },
  ],
  async run(context) {
    const { options, admin } = context;
    const topic = options.text('t').trim();
    const method = options.text('m').trim();
    if (method === 'get') {
      const orderConf = await admin.kvConfig(ORDER_TOPIC_CONFIG, topic);
      if (orderConf === undefined) throw noOrderConf(topic);
      context.print('get orderConf success. topic=[%s], orderConf=[%s] ', topic, orderConf);
      return context.answer({ topic, orderConf });
    }
    if (method === 'put') {
      const orderConf = options.value('v')?.trim() ?? '';
      if (orderConf === '') {
        throw new CodedError<MqadminErrorCode>('BAD_OPTION_VALUE', 'please set orderConf with option -v.');
      }
      await admin.putKvConfig(ORDER_TOPIC_CONFIG, topic, orderConf);
      context.print('update orderConf success. topic=[%s], orderConf=[%s]', topic, orderConf);
      return context.answer({ topic, orderConf });
    }
    if (method !== 'delete') return context.usage();
    await admin.deleteKvConfig(ORDER_TOPIC_CONFIG, topic);
    context.print('delete orderConf success. topic=[%s]', topic);
    context.answer({ topic });
  },
};

/** In the words of a name server, which Apache's tool prints. Source: DefaultRequestProcessor#getKVConfig. */
function noOrderConf(topic: string): CodedError<MqadminErrorCode> {
  const remark = `No config item, Namespace: ${ORDER_TOPIC_CONFIG} Key: ${topic}`;
  return new CodedError('NO_SUCH_ENTRY', `CODE: 22  DESC: ${remark}`);
}
