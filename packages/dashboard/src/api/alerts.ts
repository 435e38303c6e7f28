import { flag, integer, oneOf, optional, text, type ValuesOf } from './field.ts';
import type { Finding } from './overview.ts';
import { PAGE_QUERY, type Page } from './page.ts';
import { answer, route } from './route.ts';

/** What a rule looks at. Those of `GROUP_RULE_KINDS` are made for a group, the others are always there. */
export const RULE_KINDS = [
  'noNameServer',
  'brokerDown',
  'diskFull',
  'fewMembers',
  'lag',
  'lagAge',
  'deadLetters',
] as const;
export type RuleKind = (typeof RULE_KINDS)[number];
export const GROUP_RULE_KINDS = ['fewMembers', 'lag', 'lagAge', 'deadLetters'] as const;
export type GroupRuleKind = (typeof GROUP_RULE_KINDS)[number];

/** Forms of what is posted: that of Prometheus Alertmanager, and texts for chats. */
export const WEBHOOK_FORMATS = ['json', 'dingtalk', 'wecom', 'slack'] as const;
export type WebhookFormat = (typeof WEBHOOK_FORMATS)[number];

/** When something is an alert. */
export interface AlertRule {
  /** The same for the same kind, group and cluster, of which there is one rule at most. */
  readonly id: string;
  readonly kind: RuleKind;
  /** Undefined for a kind without groups. */
  readonly group?: string | undefined;
  /** Undefined: of every cluster that has no rule of its own for the same. */
  readonly cluster?: string | undefined;
  /**
   * Members below which, messages or minutes above which, per cent or dead letters of an hour from which it is one; undefined for a kind
   * without.
   */
  readonly limit?: number | undefined;
  /** The condition must hold for so long, and be gone for so long. */
  readonly forMs: number;
  /** False: it is not looked at. */
  readonly isOn: boolean;
  /** Until then what it raises is shown and not sent; undefined: it is sent. */
  readonly silentUntilMs?: number | undefined;
}

/** Something that is an alert now. */
export interface Alert {
  /** Of the rule. */
  readonly rule: string;
  readonly cluster: string;
  readonly finding: Finding;
  readonly startsAtMs: number;
  /** False: the condition is gone, and the alert is resolved when it has been for long enough. */
  readonly holds: boolean;
  readonly isSilent: boolean;
}

/** An alert that was raised or resolved. */
export interface AlertEvent {
  readonly atMs: number;
  readonly what: 'raised' | 'resolved';
  readonly rule: string;
  readonly cluster: string;
  readonly finding: Finding;
  readonly startsAtMs: number;
}

/** How alerts are sent. */
export interface WebhookState {
  /** Undefined: to nowhere. */
  readonly format?: WebhookFormat | undefined;
  /** Scheme and host of the address; the rest is a secret. Undefined for those who may only look. */
  readonly host?: string | undefined;
  /** Messages that are not sent yet. */
  readonly waiting: number;
  readonly sent: number;
  /** Messages that were given up after all tries, or since too many were waiting. */
  readonly lost: number;
  readonly sentAtMs?: number | undefined;
  readonly failedAtMs?: number | undefined;
  /** Why the last try failed; undefined when it did not, and for those who may only look. */
  readonly failure?: string | undefined;
}

export interface Alerts {
  /** The worst first, then the newest; at most 500. */
  readonly raised: readonly Alert[];
  /** Of all that are raised. */
  readonly total: number;
  readonly webhook: WebhookState;
  /** Why rules and alerts are in memory only; undefined while they are kept. */
  readonly notKept?: string | undefined;
}

const LIMIT = integer({ min: 1, max: 1_000_000_000_000 });
const FOR_MS = integer({ min: 0, max: 86_400_000 });
/** The longest silence, in ms: 30 days. */
export const MAX_SILENCE_MS = 2_592_000_000;

export const RULE_FORM_FIELDS = {
  kind: oneOf(...GROUP_RULE_KINDS),
  group: text({ max: 255 }),
  /** Default false: of every cluster. */
  onlyHere: optional(flag()),
  limit: LIMIT,
  forMs: optional(FOR_MS),
};
/** What `RULE_FORM_FIELDS` reads. */
export type AlertRuleForm = ValuesOf<typeof RULE_FORM_FIELDS>;

/** What is absent stays as it is. `silentMs`: from now on; 0 ends a silence. */
export const RULE_CHANGE_FIELDS = {
  limit: optional(LIMIT),
  forMs: optional(FOR_MS),
  isOn: optional(flag()),
  silentMs: optional(integer({ min: 0, max: MAX_SILENCE_MS })),
};
/** What `RULE_CHANGE_FIELDS` reads. */
export type AlertRuleChange = ValuesOf<typeof RULE_CHANGE_FIELDS>;

/** Rules, what they raised in a cluster, and how that is sent. */
export const ALERT_ROUTES = {
  alerts: route('GET', '/clusters/:cluster/alerts', { answer: answer<Alerts>() }),
  /** The newest first. */
  alertHistory: route('GET', '/clusters/:cluster/alerts/history', {
    query: PAGE_QUERY,
    answer: answer<Page<AlertEvent>>(),
  }),
  /** Those of the cluster and of all. */
  listAlertRules: route('GET', '/clusters/:cluster/alerts/rules', {
    query: PAGE_QUERY,
    answer: answer<Page<AlertRule>>(),
  }),
  createAlertRule: route('POST', '/clusters/:cluster/alerts/rules', {
    access: 'write',
    body: RULE_FORM_FIELDS,
    answer: answer<AlertRule>(),
  }),
  changeAlertRule: route('PUT', '/clusters/:cluster/alerts/rules/:rule', {
    access: 'write',
    body: RULE_CHANGE_FIELDS,
    answer: answer<AlertRule>(),
  }),
  deleteAlertRule: route('POST', '/clusters/:cluster/alerts/rules/:rule/delete', {
    access: 'write',
    answer: answer<null>(),
  }),
  /** Sends a message that says it is a test, once. Its failure is in the answer. */
  testAlertWebhook: route('POST', '/clusters/:cluster/alerts/test', {
    access: 'write',
    answer: answer<{ readonly ok: boolean; readonly message?: string | undefined }>(),
  }),
};
