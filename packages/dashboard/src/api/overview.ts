import { integer, oneOf, optional, text } from './field.ts';
import type { BrokerFailure } from './page.ts';
import { answer, route } from './route.ts';

/** How bad a finding is. */
export type Severity = 'error' | 'warning';

/** Something that is wrong, with the facts that the pages make a sentence of. */
export type Finding =
  | { readonly kind: 'noNameServer'; readonly severity: Severity; readonly reason: string }
  | { readonly kind: 'noBroker'; readonly severity: Severity }
  | (BrokerFinding & {
      readonly kind: 'brokerDown';
      readonly sinceMs: number;
      readonly reason: string;
      /** It answers, and refuses the console. */
      readonly isRefusal: boolean;
    })
  | (BrokerFinding & { readonly kind: 'noMaster' })
  | (BrokerFinding & { readonly kind: 'diskFull'; readonly ratio: number })
  | (BrokerFinding & { readonly kind: 'notWritable'; readonly reason: string })
  | (BrokerFinding & { readonly kind: 'slowStore'; readonly latencyMs: number })
  | (BrokerFinding & { readonly kind: 'slowAnswers'; readonly latencyMs: number })
  | (BrokerFinding & { readonly kind: 'diverged'; readonly reason: string })
  | { readonly kind: 'versionsDiffer'; readonly severity: Severity; readonly versions: readonly string[] }
  | { readonly kind: 'lag'; readonly severity: Severity; readonly group: string; readonly lag: number }
  | { readonly kind: 'lagAge'; readonly severity: Severity; readonly group: string; readonly ageMs: number }
  /** Of the last hour, as far as the console has seen it. */
  | { readonly kind: 'deadLetters'; readonly severity: Severity; readonly group: string; readonly letters: number }
  | {
      readonly kind: 'fewMembers';
      readonly severity: Severity;
      readonly group: string;
      readonly members: number;
      readonly limit: number;
    }
  | { readonly kind: 'historyInMemory'; readonly severity: Severity; readonly reason: string };

interface BrokerFinding {
  readonly severity: Severity;
  readonly brokerName: string;
  readonly address: string;
}

/** Messages of a broker process. */
export interface BrokerSummary {
  readonly clusterName: string;
  readonly brokerName: string;
  readonly brokerId: number;
  readonly address: string;
  readonly version: string;
  readonly isUp: boolean;
  /** It answers, and refuses what the console asks: it is not up for the console. */
  readonly refuses: boolean;
  readonly putTps: number;
  readonly getTps: number;
  readonly putToday: number;
  readonly putYesterday: number;
  readonly gotToday: number;
  readonly gotYesterday: number;
  /** 0 to 1; undefined when it is not known. */
  readonly diskRatio?: number | undefined;
  readonly answeredAtMs?: number | undefined;
}

/** A bar of a chart. */
export interface Ranked {
  readonly name: string;
  readonly value: number;
}

export interface Overview {
  readonly findings: readonly Finding[];
  readonly brokers: readonly BrokerSummary[];
  /** Messages received in 24 hours, the highest first. */
  readonly topTopics: readonly Ranked[];
  /** Groups that are behind, the farthest first. */
  readonly topLags: readonly Ranked[];
  readonly topics: number;
  readonly groups: number;
  readonly collectedAtMs?: number | undefined;
  readonly failures: readonly BrokerFailure[];
}

/** A line of a chart: as many values as there are times. */
export interface Trend {
  readonly atMs: readonly number[];
  /** By the name of the value, such as `putTps`. */
  readonly values: Readonly<Record<string, readonly (number | null)[]>>;
}

export const OVERVIEW_ROUTES = {
  overview: route('GET', '/clusters/:cluster/overview', { answer: answer<Overview>() }),
  /** Samples of one broker (`name:id`), topic or group, oldest first; at most about 1500 of them. */
  trend: route('GET', '/clusters/:cluster/trends/:kind/:name', {
    query: { fromMs: integer({ min: 0 }), toMs: optional(integer({ min: 0 })) },
    answer: answer<Trend>(),
  }),
  /** Names that have a history in a span. */
  trendNames: route('GET', '/clusters/:cluster/trends/:kind', {
    query: {
      fromMs: integer({ min: 0 }),
      toMs: optional(integer({ min: 0 })),
      filter: optional(text({ min: 0, max: 256 })),
    },
    answer: answer<readonly string[]>(),
  }),
};

/** What trends there are. */
export const TREND_KIND = oneOf('broker', 'topic', 'group');
