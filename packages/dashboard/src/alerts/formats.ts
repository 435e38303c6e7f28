import type { AlertEvent, Finding, WebhookFormat } from '../api/index.ts';

/** Alerts of one message. */
export interface Notice {
  /** Name of the cluster. */
  readonly cluster: string;
  readonly events: readonly AlertEvent[];
  /** It says so, in place of what is wrong. */
  readonly isTest?: boolean;
}

const TEST_SENTENCE = 'This is a test of the alerts of the RocketMQ console';

/** WeCom cuts a longer text off; the others take more. */
const MAX_TEXT_BYTES = 2000;
/** Of an alert that goes on. Source: Alertmanager, a zero time of Go. */
const NO_END = '0001-01-01T00:00:00Z';

/** The JSON that is posted. */
export function noticeBody(format: WebhookFormat, notice: Notice): object {
  switch (format) {
    case 'json':
      return alertmanagerBody(notice);
    case 'dingtalk':
    case 'wecom':
      return { msgtype: 'text', text: { content: textOf(notice) } };
    case 'slack':
      return { text: textOf(notice).replace(/[&<>]/g, (each) => SLACK_ESCAPES[each]!) };
  }
}

/** Source: https://api.slack.com/reference/surfaces/formatting#escaping */
const SLACK_ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** Source: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config */
function alertmanagerBody({ cluster, events, isTest = false }: Notice): object {
  return {
    version: '4',
    groupKey: `{}:{cluster=${JSON.stringify(cluster)}}`,
    truncatedAlerts: 0,
    status: events.some(({ what }) => what === 'raised') ? 'firing' : 'resolved',
    receiver: 'rocketmq-console',
    groupLabels: { cluster },
    commonLabels: { cluster },
    commonAnnotations: {},
    externalURL: '',
    alerts: events.map(({ what, atMs, startsAtMs, finding }) => ({
      status: what === 'raised' ? 'firing' : 'resolved',
      labels: { ...labelsOf(cluster, finding), ...(isTest ? { alertname: 'test' } : {}) },
      annotations: { summary: isTest ? TEST_SENTENCE : sentence(finding) },
      startsAt: new Date(startsAtMs).toISOString(),
      endsAt: what === 'raised' ? NO_END : new Date(atMs).toISOString(),
      generatorURL: '',
      fingerprint: Object.values(labelsOf(cluster, finding)).join('/'),
    })),
  };
}

function labelsOf(cluster: string, finding: Finding): Record<string, string> {
  const { brokerName, address, group } = finding as { brokerName?: string; address?: string; group?: string };
  return {
    ...{ alertname: finding.kind, severity: finding.severity, cluster },
    ...(brokerName === undefined ? {} : { broker: brokerName }),
    ...(address === undefined ? {} : { address }),
    ...(group === undefined ? {} : { group }),
  };
}

/** Lines as long as they fit, then how many more there are. Chat robots that want a key word find it as the first one. */
function textOf({ cluster, events, isTest = false }: Notice): string {
  let text = `RocketMQ ${cluster}`;
  if (isTest) return `${text}\n${TEST_SENTENCE}`;
  for (const [index, { what, finding }] of events.entries()) {
    const line = `\n[${what === 'raised' ? finding.severity : 'resolved'}] ${sentence(finding)}`;
    if (Buffer.byteLength(text + line) > MAX_TEXT_BYTES) return `${text}\n… ${events.length - index} more`;
    text += line;
  }
  return text;
}

const MAX_REASON = 500;

/** A finding in one sentence. */
export function sentence(finding: Finding): string {
  switch (finding.kind) {
    case 'noNameServer':
      return `No name server answers: ${finding.reason.slice(0, MAX_REASON)}`;
    case 'brokerDown':
      return `Broker ${finding.brokerName} at ${finding.address} ${finding.isRefusal ? 'refuses the console' : 'does not answer'}: ${finding.reason.slice(0, MAX_REASON)}`;
    case 'diskFull':
      return `The disk of ${finding.brokerName} at ${finding.address} is ${Math.round(finding.ratio * 100)} % full`;
    case 'lag':
      return `Consumer group ${finding.group} is ${finding.lag} messages behind`;
    case 'deadLetters':
      return `Consumer group ${finding.group} got ${finding.letters} dead letters within an hour`;
    case 'lagAge':
      return `Consumer group ${finding.group} has messages that wait for ${Math.round(finding.ageMs / 60_000)} minutes`;
    case 'fewMembers':
      return `Consumer group ${finding.group} has ${finding.members} members, fewer than ${finding.limit}`;
    default:
      return finding.kind;
  }
}
