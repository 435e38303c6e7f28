import type { Clock } from '@rocketmq-ts/kernel';
import type { ALERT_ROUTES, AlertRule, AlertRuleChange, WebhookState } from '../api/index.ts';
import { ConsoleError } from '../errors.ts';
import type { Handlers } from '../http/bind.ts';
import { cutPage, pageOf, type SortKeys } from '../http/page-of.ts';
import type { AlertCentre } from './alerts.ts';
import { sentence } from './formats.ts';
import { DEFAULT_FOR_MS, ruleId } from './rules.ts';
import type { Webhook } from './webhook.ts';

/** Alerts of one answer. */
const MAX_SHOWN = 500;
const RULE_SORT: SortKeys<AlertRule> = {
  kind: ({ kind }) => kind,
  group: ({ group }) => group,
  limit: ({ limit }) => limit,
};

/** Handlers of `ALERT_ROUTES`. */
export function alertHandlers(
  centre: AlertCentre,
  webhook: Webhook | undefined,
  clock: Clock,
): Handlers<typeof ALERT_ROUTES> {
  const { rules } = centre;
  const fresh = () => ({ collectedAtMs: clock.now(), failures: [] });
  const ruleOf = (id: string, cluster: string): AlertRule => {
    const rule = rules.find(id);
    if (rule !== undefined && (rule.cluster === undefined || rule.cluster === cluster)) return rule;
    throw new ConsoleError('NOT_FOUND', `there is no rule ${id}`);
  };
  return {
    alerts({ cluster, user }) {
      const all = centre.alerts(cluster.id);
      const shown = webhookState(webhook, user.mayWrite);
      return { raised: all.slice(0, MAX_SHOWN), total: all.length, webhook: shown, notKept: centre.notKept };
    },

    alertHistory({ cluster, query }) {
      const wanted = (query.filter ?? '').toLowerCase();
      const found = centre
        .history(cluster.id)
        .filter(({ finding, rule }) => `${rule} ${sentence(finding)}`.toLowerCase().includes(wanted));
      return { ...cutPage(found, query), ...fresh() };
    },

    listAlertRules({ cluster, query }) {
      const rows = rules.list().filter((rule) => rule.cluster === undefined || rule.cluster === cluster.id);
      return pageOf(rows, query, nameOf, RULE_SORT, fresh());
    },

    createAlertRule({ cluster, body }) {
      const { kind, group, limit, forMs = DEFAULT_FOR_MS, onlyHere = false } = body;
      if (!/^[%|\w-]+$/.test(group))
        throw new ConsoleError('BAD_REQUEST', 'group must have letters, digits and %|_- only, as names of groups have');
      const clusterId = onlyHere ? cluster.id : undefined;
      const id = ruleId(kind, group, clusterId);
      if (rules.find(id) !== undefined)
        throw new ConsoleError('CONFLICT', 'there is such a rule for this group already: change that one');
      const rule: AlertRule = { id, kind, group, cluster: clusterId, limit, forMs, isOn: true };
      rules.put(rule);
      return rule;
    },

    changeAlertRule({ cluster, params, body }) {
      const rule = changed(ruleOf(params.rule, cluster.id), body, clock.now());
      rules.put(rule);
      return rule;
    },

    deleteAlertRule({ cluster, params }) {
      rules.remove(ruleOf(params.rule, cluster.id));
      return null;
    },

    async testAlertWebhook({ cluster }) {
      if (webhook === undefined)
        throw new ConsoleError('CONFLICT', 'no address is configured: rocketmq.config.alertWebhookUrl');
      const atMs = clock.now();
      const finding = { kind: 'noBroker', severity: 'warning' } as const;
      const event = { atMs, what: 'raised', rule: 'test', cluster: cluster.id, finding, startsAtMs: atMs } as const;
      const message = await webhook.test({ cluster: cluster.name, events: [event], isTest: true });
      return { ok: message === undefined, message };
    },
  };
}

function nameOf({ kind, group = '', id }: AlertRule): string {
  return `${kind} ${group} ${id}`;
}

function changed(rule: AlertRule, change: AlertRuleChange, nowMs: number): AlertRule {
  const { limit = rule.limit, forMs = rule.forMs, isOn = rule.isOn, silentMs } = change;
  if (change.limit !== undefined && rule.limit === undefined)
    throw new ConsoleError('BAD_REQUEST', 'a rule of this kind has no limit');
  if (rule.kind === 'diskFull' && limit !== undefined && limit > 100)
    throw new ConsoleError('BAD_REQUEST', `limit must be a whole number from 1 to 100, not ${limit}`);
  const until = silentMs === undefined ? rule.silentUntilMs : silentMs === 0 ? undefined : nowMs + silentMs;
  return { ...rule, limit, forMs, isOn, silentUntilMs: until };
}

/** The address holds a secret; its host and what a receiver says are for those who may change everything. */
function webhookState(webhook: Webhook | undefined, mayWrite: boolean): WebhookState {
  if (webhook === undefined) return { waiting: 0, sent: 0, lost: 0 };
  const state = webhook.state();
  return mayWrite ? state : { ...state, host: undefined, failure: undefined };
}
