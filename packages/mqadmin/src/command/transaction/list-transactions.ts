import type { TransactionState, UnendedTransaction } from '@rocketmq-ts/admin';
import { flagOption, valueOption } from '@rocketmq-ts/kernel';
import { TextTable } from '../../text-table.ts';
import type { Command, CommandContext } from '../entry.ts';
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
export const listTransactions: Command = {
  className: 'ListTransactionsSubCommand',
  options: [
    ...TRANSACTION_CHOICE,
    valueOption('s', 'state', `only ${STATES.join(', ')}; default all of them`),
    valueOption('l', 'limit', `rows at the most; default ${LIMIT}. All are counted`),
    flagOption('j', 'json', 'one JSON object a row, and one with the counts'),
  ],
  examples: [
    { line: '-c DefaultCluster', does: 'Transactions that were not ended.' },
    { line: '-b 10.0.0.1:10911 -t Orders -s discarded', does: 'Those of a topic that were given up on one broker.' },
  ],
  async run(context) {
    const addresses = await brokersOf(context);
    if (addresses === undefined) return;
    const { options } = context;
    const state = options.value('s')?.trim().toUpperCase();
    if (state !== undefined && !STATES.some((known) => known === state)) {
      return context.refuse(`[error] there is no state ${state}: it is one of ${STATES.join(', ')}\n`);
    }
    const rows = new Rows(context, integerValue(options, 'l') ?? LIMIT);
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

const TRANSACTIONS = new TextTable<UnendedTransaction & { readonly ageMs: number }>([
  { head: '#State', pattern: '%-10s ', of: 'state' },
  { head: '#Transaction Id', pattern: '%-34s ', of: 'transactionId' },
  { head: '#Topic', pattern: '%-32.32s ', of: 'topic' },
  { head: '#Producer Group', pattern: '%-32.32s ', of: 'producerGroup' },
  { head: '#Age', pattern: '%-12s ', of: ({ ageMs }) => ageText(ageMs) },
  { head: '#Checks', pattern: '%-6d ', of: 'checkTimes' },
  { head: '#Offset Msg Id', pattern: '%s', of: 'offsetMsgId' },
]);

/** Prints rows as they come, and counts them. */
class Rows {
  readonly #context: CommandContext;
  readonly #limit: number;
  readonly #counts: Record<TransactionState, number> = { OPEN: 0, UNKNOWN: 0, DISCARDED: 0 };
  #rows = 0;

  constructor(context: CommandContext, limit: number) {
    this.#context = context;
    this.#limit = limit;
    TRANSACTIONS.head(context);
  }

  take(address: string, transaction: UnendedTransaction): void {
    this.#counts[transaction.state] += 1;
    if (this.#rows >= this.#limit) return;
    this.#rows += 1;
    const ageMs = Math.max(0, this.#context.clock.now() - transaction.bornTimestamp);
    const row = { broker: address, ageMs, ...transaction };
    TRANSACTIONS.row(this.#context, row);
    this.#context.answer(row);
  }

  end(): void {
    const { OPEN, UNKNOWN, DISCARDED } = this.#counts;
    this.#context.answer({ open: OPEN, unknown: UNKNOWN, discarded: DISCARDED });
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
