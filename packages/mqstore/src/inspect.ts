import { type FindingCount, inspectStore, type StoreInspection } from '@rocketmq-ts/store';
import type { CommandContext, CommandEntry } from './command.ts';
import { bytesText, columns, countText, plural, timeText } from './text.ts';

/** Says what a store folder holds. */
export const inspectCommand: CommandEntry = {
  name: 'inspect',
  summary: 'say what the folder holds: files, ranges, counts, times',
  description: `Says what a store folder holds, from names, lengths, headers and the ends of the files; it does not read everything.
Exit code: 0 fine, 1 something is wrong that can be seen without reading everything.`,
  options: {
    topic: { kind: 'text', value: 'TOPIC', meaning: 'list the queues of this topic' },
    json: { kind: 'flag', meaning: 'print one JSON object' },
  },
  async run(context: CommandContext): Promise<number> {
    const topic = context.options.text('topic');
    const found = inspectStore({ ...context.view, topic });
    const json = context.options.has('json');
    await context.out(json ? `${JSON.stringify(found, undefined, 2)}\n` : inspectionText(found, topic));
    return found.findings.some(({ damage }) => damage) ? 1 : 0;
  },
};

function inspectionText(found: StoreInspection, topic: string | undefined): string {
  return [
    headText(found),
    logText(found),
    queuesText(found, topic),
    indexText(found),
    timersText(found),
    configText(found),
    findingsText(found.findings),
  ]
    .filter((part) => part !== '')
    .join('\n');
}

function headText({ folder, writers, cleanStop, abortProcessId, hasLockFile, checkpoint }: StoreInspection): string {
  const process = abortProcessId === undefined ? '' : ` of process ${abortProcessId}`;
  const stop = cleanStop ? 'clean' : `a broker runs on it or stopped uncleanly (abort file${process})`;
  return columnsLeft([
    ['store', folder],
    ['written by', writers.length === 0 ? 'unknown' : writers.join(' and ')],
    ['last stop', stop],
    ['lock file', hasLockFile ? 'present' : 'none'],
    ...(checkpoint === undefined
      ? [['checkpoint', 'none']]
      : [
          ['checkpoint', `commit log    ${timeText(checkpoint.physicMsgTimestamp)}`],
          ['', `consume queue ${timeText(checkpoint.logicsMsgTimestamp)}`],
          ['', `index         ${timeText(checkpoint.indexMsgTimestamp)}`],
        ]),
  ]);
}

function logText({ commitLog: log }: StoreInspection): string {
  if (log.files === 0) return 'commit log\n  no files\n';
  const unused = log.unusedFiles === 0 ? '' : `, ${countText(log.unusedFiles)} of them not used yet`;
  const name = log.lastFile?.slice(log.lastFile.lastIndexOf('/') + 1) ?? '-';
  return `commit log\n${columnsLeft(
    [
      ['files', `${plural(log.files, 'file')} of ${bytesText(log.fileSizeBytes)}${unused}`],
      ['offsets', `${log.minOffset} to ${log.maxOffset} (${bytesText(log.maxOffset - log.minOffset)})`],
      ['last file', `${name}, ${bytesText(log.lastFileUsedBytes)} used`],
      ['stored', `${timeText(log.firstStoreTimestamp)} to ${timeText(log.lastStoreTimestamp)}`],
      ...log.missing.map(({ from, to }) => ['missing', `offsets ${from} to ${to}`]),
    ],
    '  ',
  )}`;
}

function queuesText({ consumeQueues: found }: StoreInspection, topic: string | undefined): string {
  const head = `consume queues  ${plural(found.topics, 'topic')}, ${plural(found.queues, 'queue')}, ${plural(found.messages, 'message')}\n`;
  if (found.ofTopic !== undefined) {
    if (found.ofTopic.length === 0) return `${head}  ${topic} has none\n`;
    const rows = found.ofTopic.map(({ queueId, minOffset, maxOffset, files }) =>
      [queueId, minOffset, maxOffset, maxOffset - minOffset, files].map(String),
    );
    return `${head}${columns([[`${topic} queue`, 'min', 'max', 'messages', 'files'], ...rows], '  ')}`;
  }
  const rows = found.byTopic.map(({ topic: name, queues, messages }) => [name, String(queues), String(messages)]);
  return rows.length === 0 ? head : `${head}${columns([['topic', 'queues', 'messages'], ...rows], '  ')}`;
}

function indexText({ index }: StoreInspection): string {
  if (index.length === 0) return 'index  no files\n';
  const rows = index.map(
    ({ name, entryCount, beginTimestamp, endTimestamp, beginPhysicalOffset, endPhysicalOffset }) => [
      name,
      String(entryCount),
      `${timeText(beginTimestamp)} to ${timeText(endTimestamp)}`,
      `${beginPhysicalOffset} to ${endPhysicalOffset}`,
    ],
  );
  return `index  ${plural(index.length, 'file')}\n${columns([['file', 'entries', 'stored', 'offsets'], ...rows], '  ')}`;
}

function timersText({ timers }: StoreInspection): string {
  if (timers === undefined) return '';
  const { messages, slots, precisionMs, readMs, lastSlotMs, writer, queueOffset } = timers;
  const times = lastSlotMs === undefined ? '' : `, the last one for ${timeText(lastSlotMs)}`;
  return `timers  ${plural(messages, 'message')} in ${plural(slots, 'slot')} of ${precisionMs} ms${times}\n${columnsLeft(
    [
      ['done', `before ${timeText(readMs)}, by the checkpoint of ${writer}`],
      ['in the wheel', `messages of rmq_sys_wheel_timer before queue offset ${queueOffset}`],
    ],
    '  ',
  )}`;
}

function configText({ config }: StoreInspection): string {
  if (config.length === 0) return 'configuration  no files\n';
  const rows = config.map(({ name, counts, dataVersion, error }) => {
    const held = Object.entries(counts).map(([what, count]) => `${what} ${countText(count)}`);
    const version =
      dataVersion === undefined ? [] : [`version ${dataVersion.counter} of ${timeText(dataVersion.timestamp)}`];
    return [name, error === undefined ? [...held, ...version].join(', ') : `UNREADABLE: ${error}`];
  });
  return `configuration  ${plural(config.length, 'file')}\n${columnsLeft(rows, '  ')}`;
}

function findingsText(findings: readonly FindingCount[]): string {
  return findings
    .map(({ kind, damage, meaning, count, samples }) => {
      const first = samples[0]!;
      const more = count > 1 ? ` (${countText(count)})` : '';
      return `${damage ? 'DAMAGE' : 'note'}  ${kind}: ${meaning}${more}: ${first.file}: ${first.detail}\n`;
    })
    .join('');
}

function columnsLeft(rows: readonly (readonly string[])[], indent = ''): string {
  const width = Math.max(0, ...rows.map(([first]) => first!.length));
  return (
    rows.map(([first, ...rest]) => `${indent}${first!.padEnd(width)}  ${rest.join('  ')}`.trimEnd()).join('\n') +
    (rows.length > 0 ? '\n' : '')
  );
}
