import { flagOption, requiredOption, valueOption } from '@rocketmq-ts/kernel';
import type { Command, CommandContext } from '../entry.ts';
import { booleanValue, integerValue, timestampValue } from '../values.ts';
import { printResetTable } from './reset-table.ts';

export const resetOffsetByTime: Command = {
  className: 'ResetOffsetByTimeCommand',
  options: [
    requiredOption('g', 'group', 'set the consumer group'),
    requiredOption('t', 'topic', 'set the topic'),
    requiredOption('s', 'timestamp', 'set the timestamp[now|currentTimeMillis|yyyy-MM-dd#HH:mm:ss:SSS]'),
    valueOption('f', 'force', 'set the force rollback by timestamp switch[true|false]. Deprecated.'),
    // Declared twice, as Apache does: the cluster takes `-c`, and `--cplus` is accepted and changes nothing.
    flagOption('c', 'cplus', 'reset c++ client offset'),
    valueOption('c', 'cluster', 'Cluster name or lmq parent topic, lmq is used to find the route.'),
    valueOption('b', 'broker', 'broker addr'),
    valueOption('q', 'queue', 'queue id'),
    valueOption('o', 'offset', 'Expect queue offset, not support old version broker'),
  ],
  examples: [
    { line: '-g billing -t Orders -s now', does: 'The group reads what is sent from now on.' },
    { line: '-g billing -t Orders -s 2026-11-01#00:00:00:000', does: 'It reads again all that was stored since then.' },
    { line: '-g billing -t Orders -s now -b 10.0.0.1:10911 -q 0 -o 42', does: 'One queue, to offset 42.' },
  ],
  async run(context) {
    const { options } = context;
    if (options.has('b') && options.has('q')) return resetQueue(context);
    const group = options.text('g');
    const topic = options.text('t');
    const timestampMs = timestampValue(options, 's', context.clock.now());
    const force = booleanValue(options, 'f') ?? true;
    const moved = await context.admin.resetOffsetByTimestamp({ group, topic, timestampMs, force });
    context.print(
      'start reset consumer offset by specified, group[%s], topic[%s], force[%s], timestamp(string)[%s], timestamp(long)[%s]%n',
      ...[group, topic, force, options.text('s'), timestampMs],
    );
    context.answer({ group, topic, timestamp: timestampMs, queues: printResetTable(context, moved) });
  },
};

async function resetQueue(context: CommandContext): Promise<void> {
  const { options, admin } = context;
  const group = options.text('g');
  const topic = options.text('t');
  const address = options.text('b');
  const queueId = integerValue(options, 'q')!;
  const timestampMs = timestampValue(options, 's', context.clock.now());
  context.print(
    'start reset consumer offset by specified, group[%s], topic[%s], queueId[%s], broker[%s], timestamp(string)[%s], timestamp(long)[%s]%n',
    ...[group, topic, queueId, address, options.text('s'), timestampMs],
  );
  const offset = integerValue(options, 'o') ?? (await admin.searchOffset(address, topic, queueId, timestampMs));
  await admin.updateConsumeOffset(address, group, topic, queueId, offset);
  await admin.resetOffsetByQueue({ address, group, topic, queueId, offset });
  context.print('reset consumer offset to %d%n', offset);
  context.answer({ group, topic, address, queueId, offset });
}
