import { requiredOption, valueOption } from '@rocketmq-ts/kernel';
import type { Command } from '../entry.ts';
import { clusterMasters } from '../targets.ts';

/** Names of the engines, printed with `-c` only. Source: SwitchTimerEngineSubCommand. */
const ENGINE_NAMES = { R: 'ROCKSDB_TIMELINE', F: 'FILE_TIME_WHEEL' } as const;

/** Source: SwitchTimerEngineSubCommand of 5.4.0. */
export const switchTimerEngine: Command = {
  className: 'SwitchTimerEngineSubCommand',
  options: [
    valueOption('b', 'brokerAddr', 'update which broker'),
    valueOption('c', 'clusterName', 'update which cluster'),
    requiredOption('e', 'engineType', 'R/F, R for rocksdb timeline engine, F for file time wheel engine'),
  ],
  examples: [
    { line: '-b 10.0.0.1:10911 -e F', does: 'Timer messages are kept in the file of the timer wheel.' },
    { line: '-c DefaultCluster -e R', does: "Brokers of Apache's with timerRocksDBEnable keep them in RocksDB." },
  ],
  async run(context) {
    const { options, admin } = context;
    const engine = options.text('e').trim();
    if (engine !== 'R' && engine !== 'F') {
      return context.refuse('switchTimerEngine engineType must be R or F\n');
    }
    const success = 'switchTimerEngine to %s success, %s%n';
    const address = options.value('b')?.trim();
    if (address !== undefined) {
      await admin.switchTimerEngine(address, engine);
      context.print(success, engine, address);
      return context.answer({ engine, brokers: [address] });
    }
    if (!options.has('c')) return context.usage();
    const brokers: string[] = [];
    for (const master of await clusterMasters(context, options.text('c').trim())) {
      try {
        await admin.switchTimerEngine(master, engine);
        context.print(success, ENGINE_NAMES[engine], master);
        brokers.push(master);
      } catch (failure) {
        context.warn(failure);
      }
    }
    context.answer({ engine, brokers });
  },
};
