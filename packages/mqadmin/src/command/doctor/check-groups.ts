import { few } from './check-servers.ts';
import type { Finding } from './diagnoses.ts';
import type { GroupFacts, MemberFacts, Survey } from './survey.ts';

/** A lag that grew by less is the breathing of a busy topic. */
const GROWTH = 100;

/** Groups: settings, members that fit each other, progress. */
export function checkGroups({ groups }: Survey): Finding[] {
  return groups.flatMap((group) => [
    ...checkSettings(group),
    ...checkMembers(group),
    ...checkProgress(group),
    ...group.members.flatMap((member) => checkMember(group.group, member)),
  ]);
}

function checkSettings({ group, configuredOn, onlineOn }: GroupFacts): Finding[] {
  const missing = onlineOn.filter((broker) => !configuredOn.includes(broker));
  return missing.length === 0
    ? []
    : [{ id: 'GROUP_WITHOUT_CONFIG', subject: group, what: `online on ${few(missing)} without settings there` }];
}

function checkMembers({ group, members }: GroupFacts): Finding[] {
  const answering = members.filter(({ state }) => state !== undefined);
  const of = (value: (member: MemberFacts) => string): string | undefined => differing(answering, value);
  const findings: Finding[] = [];
  const subscriptions = of(({ state }) => state!.subscriptions.join(', ') || 'nothing');
  if (subscriptions !== undefined)
    findings.push({ id: 'GROUP_SUBSCRIPTIONS_DIFFER', subject: group, what: subscriptions });
  const modes = of(({ state }) => `${state!.model ?? 'unknown model'} ${state!.type ?? ''}`.trim());
  if (modes !== undefined) findings.push({ id: 'GROUP_MODES_DIFFER', subject: group, what: modes });
  const versions = differing(members, ({ version }) => version);
  if (versions !== undefined) findings.push({ id: 'GROUP_VERSIONS_DIFFER', subject: group, what: versions });
  return findings;
}

/** `a: client-1, client-2; b: client-3`; undefined while all have the same. */
function differing(members: readonly MemberFacts[], value: (member: MemberFacts) => string): string | undefined {
  const kinds = Object.entries(Object.groupBy(members, value));
  if (kinds.length < 2) return undefined;
  return kinds.map(([kind, having = []]) => `${kind}: ${few(having.map(({ clientId }) => clientId))}`).join('; ');
}

function checkProgress({ group, members, lag: [before, now], deadLetters }: GroupFacts): Finding[] {
  const findings: Finding[] = [];
  if (members.length > 0 && now - before >= GROWTH)
    findings.push({ id: 'GROUP_LAG_GROWS', subject: group, what: `${before} messages waited, a moment later ${now}` });
  if (members.length === 0 && now > 0)
    findings.push({ id: 'GROUP_OFFLINE_WITH_LAG', subject: group, what: `${now} messages are waiting` });
  if (deadLetters > 0)
    findings.push({ id: 'GROUP_DEAD_LETTERS', subject: group, what: `${deadLetters} messages under %DLQ%${group}` });
  return findings;
}

function checkMember(group: string, { clientId, state }: MemberFacts): Finding[] {
  if (state === undefined) return [{ id: 'CONSUMER_SILENT', subject: group, what: `${clientId} did not answer` }];
  return state.blocked.map((what) => ({ id: 'CONSUMER_BLOCKED', subject: group, what }));
}
