import { apacheBrokerMetrics, ownBrokerMetrics } from '@rocketmq-ts/broker';
import { controllerMetrics } from '@rocketmq-ts/controller';
import type { ExposedMetric } from '@rocketmq-ts/kernel';
import { processMetrics } from '@rocketmq-ts/launcher';
import { namesrvMetrics } from '@rocketmq-ts/namesrv';
import { clientMetricTable } from '@rocketmq-ts/opentelemetry';
import { code, table } from './markdown.ts';

/** docs/metrics.md */
export function metricsPage(): string {
  return `${INTRODUCTION}
## Broker: the metrics of RocketMQ 5

Names, labels, texts and bounds are those that a 5.4.0 broker shows, so that boards and alerts for it work. Every sample also has \`cluster\`,
\`node_id\` (the broker name), \`node_type\` (\`broker\`), \`otel_scope_name\` and the labels of \`metricsLabel\`. The switch is the property that
hides the metric. A metric without samples is not shown, as there: counters appear with their first event. POP is not served yet, so the
five \`rocketmq_pop_…\` metrics are missing.

${apacheTable()}

## Broker: beside them

${ownTable(ownBrokerMetrics)}

## Every server

${ownTable(processMetrics)}

## Name server

Apache's has none. All have \`node_type="namesrv"\` and \`node_id\`.

${ownTable(namesrvMetrics)}

## Controller

Names, labels, texts, bounds and counts are those that a 5.4.0 controller shows after the same elections, with \`address\`, \`group\`, \`peer_id\` and
\`otel_scope_name\`. \`dledger_op_…\` are the commits to etcd, which takes the place of Apache's log of proposals; the size of that log,
\`dledger_disk_usage_bytes\`, is not there: etcd shows its own. \`role\` has Apache's values: 1 leads, 0 follows, -1 knows no leader. An election that
the controller itself began has an empty \`cluster\`.

${ownTable(controllerMetrics)}

## Client

Names, labels and bounds are those of the clients of RocketMQ 5, shown by \`clientMetrics()\` of
[@rocketmq-ts/opentelemetry](../packages/opentelemetry/README.md), which is an option of the client; without it nothing is counted. \`invocation_status\` is
\`success\` or \`failure\`. A broker does not say when it sends a message, as the proxy of RocketMQ 5 does: \`rocketmq_delivery_latency\` begins when the
message was stored, and counts the first message of a listener call or poll.

${ownTable(clientMetricTable)}
`;
}

function apacheTable(): string {
  const rows = Object.entries(apacheBrokerMetrics).map(([name, metric]) => [
    code(name),
    typeOf(metric),
    labelsOf(metric),
    code(metric.switch),
    metric.meaning,
  ]);
  return table(['metric', 'type', 'labels', 'switch', 'meaning'], rows);
}

function ownTable(metrics: Readonly<Record<string, ExposedMetric>>): string {
  const rows = Object.entries(metrics).map(([name, metric]) => [
    code(name),
    typeOf(metric),
    labelsOf(metric),
    metric.help,
  ]);
  return table(['metric', 'type', 'labels', 'meaning'], rows);
}

function typeOf({ type, bounds }: ExposedMetric): string {
  return bounds === undefined ? type : `${type}: ${bounds.join(', ')}`;
}

function labelsOf({ labels }: ExposedMetric): string {
  return labels.map(code).join(', ');
}

const INTRODUCTION = `# Metrics

What broker, name server, controller and client show to Prometheus, from the tables in the code. **This page is made by \`npm run docs\`: change the
tables, not the page.**

## Turning them on

\`metricsExporterType=PROM\` in the properties file of a broker or controller, as for Apache's, or of a name server, opens the page
\`http://<host>:5557/metrics\` (\`metricsPromExporterPort\`, \`metricsPromExporterHost\`; by default at \`bindAddress\`). The page is also beside the
health pages, at \`healthPort\`, whatever the exporter type is. With \`workers\` one page has all workers, which differ by \`node_id\`; \`npm start\`
shows name server and broker on one page.

\`\`\`yaml
scrape_configs:
  - job_name: rocketmq
    static_configs:
      - targets: ['broker-a:5557', 'broker-b:5557', 'namesrv:5557', 'controller:5557']
\`\`\`

[deploy/grafana/rocketmq.json](../deploy/grafana/rocketmq.json) is a Grafana board over these metrics; but for its last row, about what only these servers have,
Apache's brokers show them too; [deploy/prometheus/rocketmq-alerts.yml](../deploy/prometheus/rocketmq-alerts.yml) has alert rules. A test asks a real Prometheus each expression of both:
all give series under a small load, but for those about failures.

\`metricsExporterType=LOG\` writes each metric as a line of JSON, in the form of OpenTelemetry's protocol, to \`broker_metrics.log\` every
\`metricLoggingExporterIntervalInMills\`. \`OTLP_GRPC\` exports nothing here and is reported at the start: OpenTelemetry's collector
fetches the page with its Prometheus receiver, so that no server needs a gRPC library on its way to it.

Counting costs a broker a few additions a message, also in arrays, and nothing where neither a port nor the log shows metrics. The page is made
while it is read, in slices of a tenth of a millisecond, between which other work goes first, so that requests wait for a slice and not for the whole
text. Lines are kept and written again where nothing but their numbers has changed: some 4 MB for 1,000 topics with a group each; four readers are served at a time,
one more gets 503. How far consumers are behind is looked at for each page, for groups with members. A store time is read from the log
only where a group's place has moved since the last page, and at most 10,000 times for one page: beyond that a queue shows the time that it
showed last. For a group that wants some tags only messages with those count (\`estimateAccumulation\`), as with Apache's: a page looks at 256 units of a
queue at the most, and at 10,000 of all, continues at the next page, and takes the share of what it has seen for the rest.

**Limit:** a metric has at most \`metricsOtelCardinalityLimit\` samples (50,000). What is beyond is in one sample with
\`otel_metric_overflow="true"\`: the sum of counters and histograms, the largest of gauges. Samples of a topic end with the topic.
`;
