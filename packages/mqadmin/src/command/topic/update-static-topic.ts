import { requiredOption, valueOption } from '@rocketmq-ts/kernel';
import type { Command } from '../entry.ts';
import { integerValue } from '../values.ts';
import { FORCE, isForced, keep, keptMapping, STATIC_TARGETS, send, targetBrokers } from './static-topic.ts';

/** Unlike Apache's, which looks for another option in its place, it takes the mapping of -mf. Source: UpdateStaticTopicSubCommand. */
export const updateStaticTopic: Command = {
  className: 'UpdateStaticTopicSubCommand',
  options: [
    STATIC_TARGETS,
    requiredOption('t', 'topic', 'topic name'),
    requiredOption('qn', 'totalQueueNum', 'total queue num'),
    valueOption('mf', 'mapFile', 'The mapping data file name'),
    FORCE,
  ],
  examples: [
    {
      line: '-t Orders -qn 16 -c DefaultCluster',
      does: 'A topic with sixteen queues, numbered over all brokers of the cluster; or more queues for one that has fewer.',
    },
    {
      line: '-t Orders -qn 16 -c DefaultCluster -mf /tmp/Orders-1700000000000.after',
      does: 'Sends the mapping of a file, such as the one of a change that failed half-way.',
    },
  ],
  async run(context) {
    const { options, admin } = context;
    const topic = options.text('t').trim();
    if (options.has('mf')) {
      const kept = keptMapping(context, topic);
      await admin.applyStaticTopic(kept, isForced(context));
      return context.answer(kept);
    }
    const queues = integerValue(options, 'qn')!;
    const targets = await targetBrokers(context);
    const current = await admin.examineStaticTopic(topic);
    const before = keep(context, admin.staticTopicNow(topic, current), 'before');
    context.out(`The old mapping data is written to file ${before}\n`);
    const plan = admin.planStaticTopic(topic, current, new Set([...targets, ...current.keys()]), queues);
    const after = keep(context, plan, 'after');
    context.out(`The new mapping data is written to file ${after}\n`);
    await send(context, after, () => admin.applyStaticTopic(plan, false));
    context.answer({ ...plan, before, after });
  },
};
