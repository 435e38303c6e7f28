import type { TransactionState, UnendedTransaction } from '@rocketmq-ts/admin';
import { flagOption, valueOption } from '@rocketmq-ts/kernel';
import { front } from '../../java-text.ts';
import type { CommandContext, CommandEntry } from '../entry.ts';
import { clusterMasters } from '../targets.ts';
import { integerValue } from '../values.ts';

const LIMIT = 100;
const STATES: readonly TransactionState[] = ['OPEN', 'UNKNOWN', 'DISCARDED'];

/** Options that choose transactions, of both commands. */
export const TRANSACTION_CHOICE = [
  valueOption('b', 'brokerAddr', 'the broker to ask'),
  valueOption('c', 'clusterName', 'ask all masters of this cluster'),
  valueOption('t', 'topic', 'only transactions of this topic'),
  valueOption('g', 'producerGroup', 'only transactions of this producer group'),
] as const;

/** Not one of Apache's: transactions that were not ended, with their age and number of checks. */
export const listTransactions: CommandEntry = {
  name: 'listTransactions',
  description: 'List transactions that are open, were checked without an answer, or were given up.',
  className: 'ListTransactionsSubCommand',
  options: [
    ...TRANSACTION_CHOICE,
    valueOption('s', 'state', `only ${STATES.join(', ')}; default all of them`),
    valueOption('l', 'limit', `rows at the most; default ${LIMIT}. All are counted`),
    flagOption('j', 'json', 'one JSON object a row, and one with the counts'),
  ],
  async run(context) {
    const addresses = await brokersOf(context);
    if (addresses === undefined) return;
    const { options } = context;
    const state = options.value('s')?.trim().toUpperCase();
    if (state !== undefined && !STATES.some((known) => known === state)) {
      return context.refuse(`[error] there is no state ${state}: it is one of ${STATES.join(', ')}\n`);
    }
    const rows = new Rows(context, integerValue(options, 'l') ?? LIMIT, options.has('j'));
    for (const address of addresses) {
      const found = (transaction: UnendedTransaction): void => {
        if ((state === undefined || transaction.state === state) && isChosen(context, transaction))
          rows.take(address, transaction);
      };
      if (state !== 'DISCARDED') await context.admin.openTransactions(address, found);
      if (state === undefined || state === 'DISCARDED') await context.admin.discardedTransactions(address, found);
    }
    rows.end();
  },
};

/** The brokers that the options name; undefined, with the usage printed, when they name none. */
export async function brokersOf(context: CommandContext): Promise<string[] | undefined> {
  const { options } = context;
  if (options.has('b')) return [options.text('b').trim()];
  if (options.has('c')) return clusterMasters(context, options.text('c').trim());
  context.usage();
  return undefined;
}

/** True for a transaction of the topic and the group that the options name. */
export function isChosen({ options }: CommandContext, { topic, producerGroup }: UnendedTransaction): boolean {
  const wanted = (name: string, value: string): boolean => !options.has(name) || options.text(name).trim() === value;
  return wanted('t', topic) && wanted('g', producerGroup);
}

/** Prints rows as they come, and counts them. */
class Rows {
  readonly #context: CommandContext;
  readonly #limit: number;
  readonly #isJson: boolean;
  readonly #counts: Record<TransactionState, number> = { OPEN: 0, UNKNOWN: 0, DISCARDED: 0 };
  #rows = 0;

  constructor(context: CommandContext, limit: number, isJson: boolean) {
    this.#context = context;
    this.#limit = limit;
    this.#isJson = isJson;
    if (!isJson) {
      context.print(
        '%-10s %-34s %-32s %-32s %-12s %-6s %s%n',
        ...['#State', '#Transaction Id', '#Topic', '#Producer Group', '#Age', '#Checks', '#Offset Msg Id'],
      );
    }
  }

  take(address: string, transaction: UnendedTransaction): void {
    const { state, transactionId, topic, producerGroup, checkTimes, bornTimestamp, offsetMsgId } = transaction;
    this.#counts[state] += 1;
    if (this.#rows >= this.#limit) return;
    this.#rows += 1;
    const ageMs = Math.max(0, this.#context.clock.now() - bornTimestamp);
    if (this.#isJson) return this.#context.out(`${JSON.stringify({ broker: address, ageMs, ...transaction })}\n`);
    this.#context.print(
      '%-10s %-34s %-32s %-32s %-12s %-6d %s%n',
      ...[state, transactionId, front(topic, 32), front(producerGroup, 32), ageText(ageMs), checkTimes, offsetMsgId],
    );
  }

  end(): void {
    const { OPEN, UNKNOWN, DISCARDED } = this.#counts;
    if (this.#isJson)
      return this.#context.out(`${JSON.stringify({ open: OPEN, unknown: UNKNOWN, discarded: DISCARDED })}\n`);
    this.#context.print('%nOpen: %d, unknown: %d, discarded: %d%n', OPEN, UNKNOWN, DISCARDED);
    const more = OPEN + UNKNOWN + DISCARDED - this.#rows;
    if (more > 0) this.#context.print('%d more are not shown; -l shows more%n', more);
  }
}

/** `3d 4h`, `2h 5m`, `7m 1s`, `12.3s`. */
function ageText(ageMs: number): string {
  const seconds = Math.floor(ageMs / 1000);
  if (seconds < 60) return `${(Math.floor(ageMs / 100) / 10).toFixed(1)}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m ${seconds % 60}s`;
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? `${hours}h ${minutes % 60}m` : `${Math.floor(hours / 24)}d ${hours % 24}h`;
}
