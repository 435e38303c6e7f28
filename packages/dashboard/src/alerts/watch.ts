import type { Alert, AlertEvent, AlertRule, Finding } from '../api/index.ts';
import { findingName, worstFirst } from '../overview/findings.ts';
import type { Judged } from './conditions.ts';
import { isSilent } from './rule-files.ts';

/** An alert, or what may become one. */
export interface Watched {
  readonly rule: string;
  readonly cluster: string;
  /** What it is about, as `judge` names it. */
  readonly subject: string;
  finding: Finding;
  isRaised: boolean;
  startsAtMs: number;
  /** Since when the condition is not as `isRaised` says, on the monotonic clock; undefined while it is. */
  turnedAtMs: number | undefined;
  /** Its begin was sent. */
  isSent: boolean;
}

/** Both clocks at one moment: durations are of the one that never goes back. */
export interface Moment {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

/** What a look at a cluster changed. */
export interface Changes {
  readonly events: readonly AlertEvent[];
  /** Of these, and of earlier ones whose silence has ended. */
  readonly toSend: readonly AlertEvent[];
}

/** What the rules find in one cluster. */
export class ClusterWatch {
  readonly #cluster: string;
  readonly #watched = new Map<string, Watched>();

  /** `raised`: of an earlier start. */
  constructor(cluster: string, raised: readonly Watched[]) {
    this.#cluster = cluster;
    for (const each of raised) this.#watched.set(keyOf(each.rule, each.subject), each);
  }

  /** Takes what is so now. A rule that does not count any more, or is off, ends its alerts at once. */
  look(rules: ReadonlyMap<string, AlertRule>, judged: (rule: AlertRule) => Judged | undefined, at: Moment): Changes {
    const events: AlertEvent[] = [];
    const toSend: AlertEvent[] = [];
    const verdicts = new Map<string, Judged | undefined>();
    for (const rule of rules.values()) {
      if (!rule.isOn) continue;
      const verdict = judged(rule);
      verdicts.set(rule.id, verdict);
      for (const [subject, finding] of verdict ?? []) if (finding !== undefined) this.#seen(rule, subject, finding, at);
    }
    for (const [key, each] of this.#watched) {
      const rule = rules.get(each.rule);
      if (rule?.isOn !== true || this.#settle(each, rule, verdicts.get(each.rule), at, events) === 'over') {
        this.#watched.delete(key);
        if (!each.isRaised) continue;
        const event = eventOf(each, 'resolved', at);
        events.push(event);
        if (each.isSent) toSend.push(event);
      } else if (each.isRaised && !each.isSent && !isSilent(rule, at.wallMs)) {
        each.isSent = true;
        toSend.push(eventOf(each, 'raised', at));
      }
    }
    return { events, toSend };
  }

  raised(): Watched[] {
    return [...this.#watched.values()].filter(({ isRaised }) => isRaised);
  }

  /** The worst first, then the newest. */
  alerts(rules: ReadonlyMap<string, AlertRule>, wallMs: number): Alert[] {
    const all = this.raised().map(({ rule, cluster, finding, startsAtMs, turnedAtMs }) => {
      const known = rules.get(rule);
      const silent = known !== undefined && isSilent(known, wallMs);
      return { rule, cluster, finding, startsAtMs, holds: turnedAtMs === undefined, isSilent: silent };
    });
    return all.sort((a, b) => worstFirst(a.finding, b.finding) || b.startsAtMs - a.startsAtMs);
  }

  #seen(rule: AlertRule, subject: string, finding: Finding, { wallMs, monotonicMs }: Moment): void {
    const key = keyOf(rule.id, subject);
    const known = this.#watched.get(key);
    if (known === undefined) {
      const made = { rule: rule.id, cluster: this.#cluster, subject, finding };
      this.#watched.set(key, { ...made, isRaised: false, startsAtMs: wallMs, turnedAtMs: monotonicMs, isSent: false });
    } else {
      known.finding = finding;
      if (known.isRaised) known.turnedAtMs = undefined;
    }
  }

  #settle(
    each: Watched,
    { forMs }: AlertRule,
    judged: Judged | undefined,
    at: Moment,
    events: AlertEvent[],
  ): 'over' | 'on' {
    // What is not known now is as it was.
    if (judged === undefined || (judged.has(each.subject) && judged.get(each.subject) === undefined)) return 'on';
    const holds = judged.has(each.subject);
    if (!each.isRaised) {
      if (!holds) return 'over';
      if (at.monotonicMs - (each.turnedAtMs ?? at.monotonicMs) < forMs) return 'on';
      Object.assign(each, { isRaised: true, startsAtMs: at.wallMs, turnedAtMs: undefined });
      events.push(eventOf(each, 'raised', at));
      return 'on';
    }
    if (holds) return 'on';
    each.turnedAtMs ??= at.monotonicMs;
    return at.monotonicMs - each.turnedAtMs >= forMs ? 'over' : 'on';
  }
}

function keyOf(rule: string, subject: string): string {
  return `${rule}\n${subject}`;
}

function eventOf({ rule, cluster, finding, startsAtMs }: Watched, what: AlertEvent['what'], at: Moment): AlertEvent {
  return { atMs: at.wallMs, what, rule, cluster, finding, startsAtMs };
}

/** Findings with the alerts that they do not have already. */
export function withAlerts(findings: readonly Finding[], alerts: readonly Alert[]): Finding[] {
  const known = new Set(findings.map(findingName));
  const more = alerts.filter(({ finding, holds, isSilent }) => holds && !isSilent && !known.has(findingName(finding)));
  return [...findings, ...more.map(({ finding }) => finding)].sort(worstFirst);
}
