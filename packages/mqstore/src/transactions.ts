import type { Disk } from '@rocketmq-ts/kernel';
import {
  halfOffsetsOf,
  Members,
  OP_TAG,
  OpenTransactions,
  readConsumerOffsets,
  SystemGroup,
  SystemTopic,
  type TransactionState,
  type UnendedTransaction,
  unendedTransaction,
} from '@rocketmq-ts/protocol';
import { type DumpDamage, dumpMessages } from '@rocketmq-ts/store';
import type { CommandContext, CommandEntry } from './command.ts';
import { columns, countText, plural, timeText } from './text.ts';

const STATES = ['OPEN', 'UNKNOWN', 'DISCARDED'] as const satisfies readonly TransactionState[];
const LIMIT = 100;

/** Lists transactions that were not ended. */
export const transactionsCommand: CommandEntry = {
  name: 'transactions',
  summary: 'list transactions that are open, were checked without an answer, or were given up',
  description: `Lists transactions that were not ended, with their age and the number of checks: OPEN, nobody was asked for it yet;
UNKNOWN, its producer was asked and did not answer; DISCARDED, it was asked for too often. All are counted.
The messages are those that dump shows of RMQ_SYS_TRANS_HALF_TOPIC and TRANS_CHECK_MAX_TIME_TOPIC.
Damaged places are passed over and named on standard error; then the exit code is 1.`,
  options: {
    topic: { kind: 'text', value: 'TOPIC', meaning: 'transactions of this topic' },
    group: { kind: 'text', value: 'GROUP', meaning: 'transactions of this producer group' },
    state: { kind: STATES, meaning: 'transactions in this state' },
    limit: { kind: 'count', value: 'N', meaning: `list so many at the most; default ${LIMIT}` },
    json: { kind: 'flag', meaning: 'print one JSON object a line, the counts last' },
  },
  async run(context: CommandContext): Promise<number> {
    const { options } = context;
    const counts: Record<TransactionState, number> = { OPEN: 0, UNKNOWN: 0, DISCARDED: 0 };
    const listed: UnendedTransaction[] = [];
    const limit = options.number('limit') ?? LIMIT;
    let isDamaged = false;
    const wanted = (name: string, value: string): boolean => !options.has(name) || options.text(name) === value;
    const onDamage = ({ file, position, bytes, detail }: DumpDamage): void => {
      isDamaged = true;
      context.note(`${bytes} bytes are damaged and passed over: ${file} at byte ${position}: ${detail}`);
    };
    for (const each of unended(context, onDamage)) {
      const { state, topic, producerGroup } = each;
      if (!wanted('state', state) || !wanted('topic', topic) || !wanted('group', producerGroup)) continue;
      counts[state] += 1;
      if (listed.length < limit) listed.push(each);
    }
    const nowMs = context.clock.now();
    await context.out(options.has('json') ? jsonText(listed, counts, nowMs) : tableText(listed, counts, nowMs));
    return isDamaged ? 1 : 0;
  },
};

/** As a broker finds them that opens the folder. */
function* unended(
  { view, disk }: CommandContext,
  onDamage: (damage: DumpDamage) => void,
): Generator<UnendedTransaction> {
  const progress = progressOf(disk, view.root);
  const half = progress(SystemTopic.TRANS_HALF);
  const over = new Set<number>();
  const ops = { topic: SystemTopic.TRANS_OP_HALF, queueId: 0, fromQueueOffset: progress(SystemTopic.TRANS_OP_HALF) };
  for (const { message } of dumpMessages({ ...view, ...ops, onDamage })) {
    if (message.tags !== OP_TAG) continue;
    for (const offset of halfOffsetsOf(message.body, Number.MAX_SAFE_INTEGER)) if (offset >= half) over.add(offset);
  }
  const halves = { topic: SystemTopic.TRANS_HALF, queueId: 0, fromQueueOffset: half };
  const open = new OpenTransactions();
  for (const { message } of dumpMessages({ ...view, ...halves, onDamage }))
    if (!over.has(message.queueOffset)) open.add(message);
  yield* open.values();
  const discarded = { topic: SystemTopic.TRANS_CHECK_MAX_TIME, queueId: 0 };
  for (const { message } of dumpMessages({ ...view, ...discarded, onDamage })) yield unendedTransaction(message, true);
}

/** How far the checks have come, by topic; from the beginning where no file says it. */
function progressOf(disk: Pick<Disk, 'readFile'>, root: string): (topic: string) => number {
  for (const name of ['consumerOffset.json', 'consumerOffset.json.bak']) {
    try {
      const bytes = disk.readFile(`${root}/config/${name}`);
      if (bytes === undefined) continue;
      const { offsetTable } = readConsumerOffsets(Members.parse(bytes, name));
      return (topic) => offsetTable.get(`${topic}@${SystemGroup.SYS_TRANS}`)?.get(0) ?? 0;
    } catch {
      // A broker takes the backup then as well.
    }
  }
  return () => 0;
}

function jsonText(
  listed: readonly UnendedTransaction[],
  counts: Record<TransactionState, number>,
  nowMs: number,
): string {
  const lines = listed.map((each) => JSON.stringify({ ...each, ageMs: Math.max(0, nowMs - each.bornTimestamp) }));
  const { OPEN: open, UNKNOWN: unknown, DISCARDED: discarded } = counts;
  return `${[...lines, JSON.stringify({ open, unknown, discarded })].join('\n')}\n`;
}

function tableText(
  listed: readonly UnendedTransaction[],
  counts: Record<TransactionState, number>,
  nowMs: number,
): string {
  const rows = listed.map((each) => [
    ...[each.state, each.transactionId, each.topic, each.producerGroup, timeText(each.bornTimestamp)],
    ...[`${Math.max(0, Math.round((nowMs - each.bornTimestamp) / 1000))} s`, String(each.checkTimes), each.offsetMsgId],
  ]);
  const head = ['state', 'transaction id', 'topic', 'producer group', 'born', 'age', 'checks', 'offset message id'];
  const total = counts.OPEN + counts.UNKNOWN + counts.DISCARDED;
  const more = total > listed.length ? `, ${countText(total - listed.length)} of them not listed (--limit)` : '';
  const summary = `${countText(counts.OPEN)} open, ${countText(counts.UNKNOWN)} unknown, ${countText(counts.DISCARDED)} discarded`;
  return `${rows.length === 0 ? '' : columns([head, ...rows], '')}${plural(total, 'transaction')}: ${summary}${more}\n`;
}
