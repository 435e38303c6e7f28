import { type ConsumerConnection, type ConsumerRunningInfo, versionDescription } from '@rocketmq-ts/admin';
import { flagOption, requiredOption, valueOption } from '@rocketmq-ts/kernel';
import type { Command, CommandContext } from '../entry.ts';
import { fileNameOf, writeOutputFile } from '../output-file.ts';
import { haveSameSubscription, queueWarnings, sortedByClient } from './running-info-checks.ts';
import { runningInfoText } from './running-info-text.ts';

const ROW = '%-40s %-20s %s%n';

/** Reports of the members are files `<milliseconds>/<client id>` in the current folder. Source: ConsumerStatusSubCommand. */
export const consumerStatus: Command = {
  className: 'ConsumerStatusSubCommand',
  options: [
    requiredOption('g', 'consumerGroup', 'consumer group name'),
    valueOption('i', 'clientId', "The consumer's client id"),
    valueOption('b', 'brokerAddr', 'broker address'),
    flagOption('s', 'jstack', 'Run jstack command in the consumer progress'),
  ],
  examples: [
    { line: '-g my_group', does: 'What each member of a group holds, in files, and whether they fit each other.' },
    { line: '-g my_group -i 10.0.0.7@1234#5678 -s', does: 'The report of one member, with what its threads do.' },
  ],
  async run(context) {
    const { options, admin } = context;
    const group = options.text('g');
    // Also where one client is asked for: a group that is not there is reported as such.
    const connection = await admin.examineConsumerConnection(group, options.value('b'));
    const clientId = options.value('i');
    if (clientId === undefined) return reportGroup(context, group, connection);
    const info = await admin.consumerRunningInfo(group, clientId, options.has('s'));
    context.out(runningInfoText(info));
    context.answer({ group, clients: [infoData(clientId, info)] });
  },
};

async function reportGroup(context: CommandContext, group: string, connection: ConsumerConnection): Promise<void> {
  const { admin, options, clock, signal } = context;
  const folder = String(clock.now());
  const infos = new Map<string, ConsumerRunningInfo>();
  const clients: object[] = [];
  context.print(`%-10s ${ROW}`, '#Index', '#ClientId', '#Version', '#ConsumerRunningInfoFile');
  for (const { clientId, version } of connection.connectionSet) {
    if (signal.aborted) return;
    try {
      const info = await admin.consumerRunningInfo(group, clientId, options.has('s'));
      const text = Buffer.from(runningInfoText(info));
      const file = writeOutputFile(context.disk, folder, fileNameOf(clientId), text);
      infos.set(clientId, info);
      context.print(`%-10d ${ROW}`, infos.size, clientId, versionDescription(version), file);
      clients.push({ version, file, ...infoData(clientId, info) });
    } catch (failure) {
      context.warn(failure);
    }
  }
  const checks = infos.size === 0 ? {} : printChecks(context, infos);
  context.answer({ group, clients, ...checks });
}

function printChecks(context: CommandContext, infos: ReadonlyMap<string, ConsumerRunningInfo>): object {
  const nowMs = context.clock.now();
  const sameSubscription = haveSameSubscription(infos, nowMs);
  if (!sameSubscription) {
    context.print('%n%nWARN: Different subscription in the same group of consumer!!!');
    return { sameSubscription };
  }
  context.print('%n%nSame subscription in the same group of consumer');
  // Apache's tool does not look at the shares either.
  context.print('%n%nRebalance OK%n');
  const warnings = sortedByClient(infos).flatMap(([clientId, info]) => queueWarnings(clientId, info, nowMs));
  for (const warning of warnings) context.out(`${warning}\n`);
  return { sameSubscription, warnings };
}

function infoData(clientId: string, info: ConsumerRunningInfo): object {
  const { properties, subscriptionSet, mqTable, mqPopTable, statusTable, userConsumerInfo, jstack } = info;
  const queues = mqTable.map(([queue, state]) => ({ ...queue, ...state }));
  const popQueues = mqPopTable.map(([queue, state]) => ({ ...queue, ...state }));
  const subscriptions = subscriptionSet.map(({ topic, subString, expressionType }) => ({
    ...{ topic, expression: subString, expressionType },
  }));
  return { clientId, properties, subscriptions, queues, popQueues, rates: statusTable, userConsumerInfo, jstack };
}
