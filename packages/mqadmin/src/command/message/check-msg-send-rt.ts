import type { TopicSender } from '@rocketmq-ts/admin';
import { requiredOption, valueOption } from '@rocketmq-ts/kernel';
import type { Command, CommandContext } from '../entry.ts';
import { integerValue } from '../values.ts';

const DEFAULT_AMOUNT = 100;
const DEFAULT_BYTES = 128;
const ROW = '%-32s  %-4s  %-20s    %s%n';

/** One send of the round. */
interface SendRow {
  readonly brokerName: string;
  readonly queueId: number;
  readonly success: boolean;
  readonly rtMs: number;
}

/** Source: CheckMsgSendRTCommand. */
export const checkMsgSendRT: Command = {
  className: 'CheckMsgSendRTCommand',
  options: [
    requiredOption('t', 'topic', 'topic name'),
    valueOption('a', 'amount', 'message amount | default 100'),
    valueOption('s', 'size', 'message size | default 128 Byte'),
  ],
  examples: [
    { line: '-t TopicTest -a 10', does: 'Sends to the queues of a topic in turn and prints how long each send took.' },
  ],
  async run(context) {
    const amount = integerValue(context.options, 'a') ?? DEFAULT_AMOUNT;
    const body = Buffer.alloc(Math.max(0, integerValue(context.options, 's') ?? DEFAULT_BYTES), 'a');
    context.print(ROW, '#Broker Name', '#QID', '#Send Result', '#RT');
    const sends = new Sends(context, body);
    const rows: SendRow[] = [];
    let elapsedMs = 0;
    for (let i = 0; i < amount && !context.signal.aborted; i++) {
      const row = await sends.send(i);
      // The first one opens connections.
      if (i > 0) elapsedMs += row.rtMs;
      context.print(ROW, row.brokerName, row.queueId, row.success, row.rtMs);
      rows.push(row);
    }
    const averageRtMs = elapsedMs / (rows.length - 1);
    context.print('Avg RT: %.2f%n', averageRtMs);
    context.answer({ sends: rows, averageRtMs: Number.isFinite(averageRtMs) ? averageRtMs : null });
  },
};

/** Sends one after another; the first failure is reported, each is in its row. */
class Sends {
  readonly #context: CommandContext;
  readonly #body: Buffer;
  #sender: TopicSender | undefined;
  #hasFailed = false;
  /** A send that finds no queue shows the one before. */
  #last = { brokerName: '', queueId: 0 };

  constructor(context: CommandContext, body: Buffer) {
    this.#context = context;
    this.#body = body;
  }

  async send(number: number): Promise<SendRow> {
    const { admin, clock, options } = this.#context;
    const begin = clock.monotonicMs();
    let success = false;
    try {
      this.#sender ??= await admin.topicSender(options.text('t'));
      const queue = this.#sender.queues[number % this.#sender.queues.length];
      if (queue !== undefined) this.#last = queue;
      await this.#sender.send({ body: this.#body }, queue);
      success = true;
    } catch (failure) {
      if (!this.#hasFailed) this.#context.warn(failure);
      this.#hasFailed = true;
    }
    const { brokerName, queueId } = this.#last;
    return { brokerName, queueId, success, rtMs: Math.floor(clock.monotonicMs() - begin) };
  }
}
