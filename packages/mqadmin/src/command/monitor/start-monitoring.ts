import { sleep } from '@rocketmq-ts/kernel';
import type { Command, CommandContext } from '../entry.ts';
import { queueText } from '../message/java-message.ts';
import { MONITOR_PREFIX, monitorRound } from './monitor-round.ts';

const FIRST_ROUND_MS = 20_000;
const ROUND_MS = 60_000;

/**
 * Until it is interrupted. Apache's tool writes these lines to its log alone; here they are on standard error, and standard output stays
 * empty. Source: MonitorService, DefaultMonitorListener.
 */
export const startMonitoring: Command = {
  className: 'StartMonitoringSubCommand',
  options: [],
  examples: [
    {
      line: '',
      does: 'Reports once a minute which groups are behind, and whose members do not fit each other or are blocked.',
    },
  ],
  async run(context) {
    const { clock, signal } = context;
    await watchOffsetMoves(context);
    await sleep(clock, FIRST_ROUND_MS, signal);
    while (!signal.aborted) {
      const begin = clock.monotonicMs();
      try {
        await monitorRound(context);
      } catch (failure) {
        context.warn(failure);
      }
      await sleep(clock, Math.max(0, ROUND_MS - (clock.monotonicMs() - begin)), signal);
    }
  },
};

/** Brokers of 4.x store an event where a group's offset was outside of a queue; later ones only log it. */
async function watchOffsetMoves(context: CommandContext): Promise<void> {
  await context.admin.watchOffsetMoves((event, eventTimestamp) => {
    const { consumerGroup, messageQueue, offsetRequest, offsetNew } = event;
    const text = `OffsetMovedEvent [consumerGroup=${consumerGroup}, messageQueue=${queueText(messageQueue)}, offsetRequest=${offsetRequest}, offsetNew=${offsetNew}]`;
    context.note(
      `${MONITOR_PREFIX}reportDeleteMsgsEvent: DeleteMsgsEvent [offsetMovedEvent=${text}, eventTimestamp=${eventTimestamp}]`,
    );
    context.answer({
      offsetMoved: { group: consumerGroup, ...messageQueue, offsetRequest, offsetNew, eventTimestamp },
    });
  });
}
