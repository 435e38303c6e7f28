import { valueOption } from '@rocketmq-ts/kernel';
import { escapeControls } from '../../safe-text.ts';
import type { Command, CommandContext } from '../entry.ts';
import { integerValue } from '../values.ts';
import { checkGroups } from './check-groups.ts';
import { checkReplication } from './check-replication.ts';
import { checkAddresses, checkBrokers, checkNameServers } from './check-servers.ts';
import { checkTopics } from './check-topics.ts';
import { DIAGNOSES, type Finding, type Severity } from './diagnoses.ts';
import { examine } from './examine.ts';
import type { Survey } from './survey.ts';

const MAX_GROUPS = 200;
const WAIT_SECONDS = 3;

const CHECKS: readonly ((survey: Survey) => Finding[])[] = [
  checkNameServers,
  checkAddresses,
  checkBrokers,
  checkReplication,
  checkTopics,
  checkGroups,
];

/** Not one of Apache's: looks at a whole set-up and names what is wrong. */
export const doctor: Command = {
  className: 'DoctorCommand',
  options: [
    valueOption('c', 'clusterName', 'only this cluster; default all'),
    valueOption('m', 'maxGroups', `ask members of so many groups, the most behind first; default ${MAX_GROUPS}`),
    valueOption('w', 'waitSeconds', `between two looks at how far groups are; default ${WAIT_SECONDS}`),
  ],
  examples: [
    { line: '', does: 'What is wrong with the set-up, and what to do; exit code 2 when there is a problem.' },
    { line: '-c DefaultCluster -w 10', does: 'One cluster, with ten seconds to see whether groups fall behind.' },
  ],
  async run(context) {
    const survey = await examine(context, {
      cluster: context.options.value('c'),
      maxGroups: integerValue(context.options, 'm') ?? MAX_GROUPS,
      waitMs: (integerValue(context.options, 'w') ?? WAIT_SECONDS) * 1000,
    });
    const found = CHECKS.flatMap((check) => check(survey)).map((finding) => ({ ...finding, ...DIAGNOSES[finding.id] }));
    const gaps = survey.gaps.map((what) => ({
      id: 'NOT_ANSWERED',
      subject: 'doctor',
      what,
      ...DIAGNOSES.NOT_ANSWERED,
    }));
    const findings = [...found, ...gaps].map(({ id, severity, subject, what, todo }) => ({
      id,
      severity,
      subject,
      what,
      todo,
    }));
    const of = (severity: Severity): typeof findings => findings.filter((finding) => finding.severity === severity);
    const sections = [...of('problem'), ...of('advice')];
    for (const [id, all] of Map.groupBy(sections, (finding) => finding.id)) {
      const { severity, todo } = all[0]!;
      const lines = all.map(({ subject, what }) => `  ${escapeControls(`${subject}: ${what}`)}\n`);
      context.out(`[${severity}] ${id}\n${lines.join('')}  -> ${todo}\n\n`);
    }
    const looked = {
      nameServers: survey.nameServers.length,
      brokers: survey.brokers.length,
      topics: new Set(survey.brokers.flatMap(({ topics }) => [...(topics?.keys() ?? [])])).size,
      groups: survey.groups.length,
    };
    const healthy = of('problem').length === 0;
    printSummary(context, of('problem').length, of('advice').length, looked);
    context.answer({ healthy, findings: sections, looked });
    if (!healthy) context.fail();
  },
};

function printSummary(
  context: CommandContext,
  problems: number,
  advice: number,
  looked: Readonly<Record<string, number>>,
): void {
  const { nameServers, brokers, topics, groups } = looked;
  context.out(
    `${problems === 0 ? 'No problem' : `Problems: ${problems}`}, advice: ${advice}. ` +
      `Looked at: name servers ${nameServers}, brokers ${brokers}, topics ${topics}, groups ${groups}.\n`,
  );
}
