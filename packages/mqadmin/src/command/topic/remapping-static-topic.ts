import { AdminError } from '@rocketmq-ts/admin';
import { requiredOption, valueOption } from '@rocketmq-ts/kernel';
import type { Command } from '../entry.ts';
import { FORCE, isForced, keep, keptMapping, STATIC_TARGETS, send, targetBrokers } from './static-topic.ts';

/** Unlike Apache's, which looks for another option in its place, it takes the mapping of -mf. Source: RemappingStaticTopicSubCommand. */
export const remappingStaticTopic: Command = {
  className: 'RemappingStaticTopicSubCommand',
  options: [
    STATIC_TARGETS,
    requiredOption('t', 'topic', 'topic name'),
    valueOption('mf', 'mapFile', 'The mapping data file name '),
    FORCE,
  ],
  examples: [
    {
      line: '-t Orders -b broker-a,broker-c',
      does: 'The queues of a static topic are shared out anew among two brokers.',
    },
    {
      line: '-t Orders -b broker-a,broker-c -mf /tmp/Orders-1700000000000.after',
      does: 'Sends the mapping of a file, such as the one of a change that failed half-way.',
    },
  ],
  async run(context) {
    const { options, admin } = context;
    const topic = options.text('t').trim();
    if (options.has('mf')) {
      const kept = keptMapping(context, topic);
      await admin.applyRemapping(kept, isForced(context));
      return context.answer(kept);
    }
    const targets = await targetBrokers(context);
    const current = await admin.examineStaticTopic(topic);
    if (current.size === 0) throw new AdminError('BAD_MAPPING', 'No topic route to do the remapping');
    const before = keep(context, admin.staticTopicNow(topic, current), 'before');
    context.out(`The old mapping data is written to file ${before}\n`);
    const plan = admin.planRemapping(topic, current, targets);
    const after = keep(context, plan, 'after');
    // In Apache's words, although it is the new one.
    context.out(`The old mapping data is written to file ${after}\n`);
    await send(context, after, () => admin.applyRemapping(plan, isForced(context)));
    context.answer({ ...plan, before, after });
  },
};
