import { type Finding, type FindingCount, type Verification, verifyStore } from '@rocketmq-ts/store';
import type { CommandContext, CommandEntry } from './command.ts';
import { bytesText, countText, plural } from './text.ts';

/** Holds everything in a store against everything else. */
export const verifyCommand: CommandEntry = {
  name: 'verify',
  summary: 'read every record and check queues, index and configuration against it',
  description: `Reads every record of the commit log (lengths, magic, CRC, position, queue offsets) and checks that each unit of
the consume queues and each entry of the index leads to its record, and that each record has them.
Exit code: 0 fine, 1 damage was found.`,
  options: {
    json: { kind: 'flag', meaning: 'print one JSON object' },
    samples: { kind: 'count', value: 'N', meaning: 'places shown of each kind of finding, at most 10; default 1' },
  },
  async run(context: CommandContext): Promise<number> {
    const result = verifyStore({ ...context.view, onProgress: context.progress.show });
    const text = context.options.has('json')
      ? `${JSON.stringify(result, undefined, 2)}\n`
      : verificationText(result, context.options.number('samples') ?? 1);
    await context.out(text);
    return result.damaged ? 1 : 0;
  },
};

function verificationText(result: Verification, samples: number): string {
  const { records, logBytes, logEnd, queues, units, indexFiles, indexEntries, configFiles, findings } = result;
  const lines = [
    `commit log      ${plural(records, 'record')}, ${bytesText(logBytes)}, up to offset ${logEnd}`,
    `consume queues  ${plural(queues, 'queue')}, ${plural(units, 'unit')}`,
    `index           ${plural(indexFiles, 'file')}, ${plural(indexEntries, 'entry', 'entries')}`,
    `configuration   ${plural(configFiles, 'file')}`,
  ];
  const damage = findings.filter((each) => each.damage);
  const notices = findings.filter((each) => !each.damage);
  if (damage.length > 0) lines.push('', 'damage', ...damage.flatMap((each) => countLines(each, samples)));
  if (notices.length > 0) lines.push('', 'to know', ...notices.flatMap((each) => countLines(each, samples)));
  lines.push('', verdict(result));
  return `${lines.join('\n')}\n`;
}

function countLines({ kind, count, meaning, samples: kept }: FindingCount, samples: number): string[] {
  return [
    `  ${countText(count)} × ${kind}: ${meaning}`,
    ...kept.slice(0, samples).map((each) => `    ${placeText(each)}`),
  ];
}

function placeText({ file, position, detail }: Finding): string {
  return `${file}${position === undefined ? '' : ` at byte ${position}`}: ${detail}`;
}

function verdict({ firstDamage, findings, cleanStop }: Verification): string {
  if (firstDamage !== undefined) {
    const total = findings.filter(({ damage }) => damage).reduce((sum, { count }) => sum + count, 0);
    return `DAMAGED: ${plural(total, 'place')}; the first is ${firstDamage.kind} in ${placeText(firstDamage)}`;
  }
  return cleanStop ? 'FINE' : 'FINE as far as it is written; a broker runs on it or stopped uncleanly';
}
