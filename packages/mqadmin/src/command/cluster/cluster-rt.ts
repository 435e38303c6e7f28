import { sleep, valueOption } from '@rocketmq-ts/kernel';
import { formatFixed } from '../../format.ts';
import { hashOrder } from '../../java-text.ts';
import type { Command, CommandContext } from '../entry.ts';
import { switchValue } from '../message/read-queue.ts';
import { clusterNames } from '../targets.ts';
import { integerValue } from '../values.ts';

const DEFAULT_AMOUNT = 100;
const DEFAULT_BYTES = 128;
const DEFAULT_INTERVAL_SECONDS = 10;
/** What `-p` prints times in, wherever it runs. */
const CHINA_OFFSET_MS = 8 * 3_600_000;

/** What came of the sends to one broker. */
interface BrokerRow {
  readonly cluster: string;
  readonly brokerName: string;
  /** Without the first send. NaN when there is no other. */
  readonly rtMs: number;
  readonly successCount: number;
  readonly failCount: number;
}

/** Until it is interrupted. Messages are for the topic that has the name of the broker. Source: CLusterSendMsgRTCommand. */
export const clusterRT: Command = {
  className: 'CLusterSendMsgRTCommand',
  options: [
    valueOption('a', 'amount', 'message amount | default 100'),
    valueOption('s', 'size', 'message size | default 128 Byte'),
    valueOption('c', 'cluster', 'cluster name | default display all cluster'),
    valueOption('p', 'print log', 'print as tlog | default false'),
    valueOption('m', 'machine room', 'machine room name | default noname'),
    valueOption('i', 'interval', 'print interval | default 10 seconds'),
  ],
  examples: [
    { line: '', does: 'Sends to every broker every ten seconds and prints how long it took, until it is interrupted.' },
    { line: '-c DefaultCluster -a 10 -i 60 -p true -m room-1', does: 'The same once a minute, as lines for a log.' },
  ],
  async run(context) {
    const { options, signal, clock } = context;
    const intervalMs = (integerValue(options, 'i') ?? DEFAULT_INTERVAL_SECONDS) * 1000;
    const asLog = switchValue(options, 'p', false);
    if (!asLog) {
      const head = ['#Cluster Name', '#Broker Name', '#RT', '#successCount', '#failCount'];
      context.print('%-24s  %-24s  %-4s  %-8s  %-8s%n', ...head);
    }
    while (!signal.aborted) {
      const rows = await round(context, asLog);
      // Apache's tool prints for ever that it is not there.
      if (rows === undefined) return;
      context.answer({ brokers: rows.map((row) => ({ ...row, rtMs: Number.isFinite(row.rtMs) ? row.rtMs : null })) });
      await sleep(clock, intervalMs, signal);
    }
  },
};

/** Undefined when the wanted cluster does not exist. */
async function round(context: CommandContext, asLog: boolean): Promise<BrokerRow[] | undefined> {
  const { options, admin, signal } = context;
  const info = await admin.examineClusterInfo();
  const wanted = options.value('c');
  const rows: BrokerRow[] = [];
  for (const cluster of wanted === undefined ? clusterNames(info) : [wanted]) {
    const brokerNames = info.clusterAddrTable.get(cluster);
    if (brokerNames === undefined) {
      context.refuse(`cluster [${cluster}] not exist`);
      return undefined;
    }
    for (const brokerName of hashOrder(brokerNames)) {
      if (signal.aborted) return rows;
      const row = await sendTo(context, cluster, brokerName);
      printRow(context, row, asLog);
      rows.push(row);
    }
  }
  return rows;
}

/** The first failure of a round is reported. */
async function sendTo(context: CommandContext, cluster: string, brokerName: string): Promise<BrokerRow> {
  const { options, admin, clock, signal } = context;
  const amount = integerValue(options, 'a') ?? DEFAULT_AMOUNT;
  const body = Buffer.alloc(Math.max(0, integerValue(options, 's') ?? DEFAULT_BYTES), 'a');
  let [successCount, failCount, elapsedMs] = [0, 0, 0];
  let sender: Awaited<ReturnType<typeof admin.topicSender>> | undefined;
  for (let i = 0; i < amount && !signal.aborted; i++) {
    const begin = clock.monotonicMs();
    try {
      sender ??= await admin.topicSender(brokerName);
      await sender.send({ body });
      successCount += 1;
    } catch (failure) {
      if (failCount === 0) context.warn(failure);
      failCount += 1;
    }
    if (i > 0) elapsedMs += Math.floor(clock.monotonicMs() - begin);
  }
  return { cluster, brokerName, rtMs: elapsedMs / (amount - 1), successCount, failCount };
}

function printRow(context: CommandContext, row: BrokerRow, asLog: boolean): void {
  const { cluster, brokerName, rtMs, successCount, failCount } = row;
  if (asLog) {
    const room = context.options.value('m') ?? 'noname';
    const time = new Date(context.clock.now() + CHINA_OFFSET_MS).toISOString().slice(0, 19).replace('T', ' ');
    return context.out(`${time}|${room}|${cluster}|${brokerName}|${formatFixed(rtMs, 0)}\n`);
  }
  const columns = [cluster, brokerName, formatFixed(rtMs, 2), successCount, failCount];
  context.print('%-24s  %-24s  %-8s  %-16s  %-16s%n', ...columns);
}
