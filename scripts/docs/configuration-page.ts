import { brokerConfigTable } from '@rocketmq-ts/broker';
import { controllerConfigTable } from '@rocketmq-ts/controller';
import type { ConfigTable, Property } from '@rocketmq-ts/kernel';
import { namesrvConfigTable } from '@rocketmq-ts/namesrv';
import { code, table } from './markdown.ts';

/** docs/configuration.md: what each property does, and below it the names that are kept without doing anything, by reason. */
export function configurationPage(): string {
  return `${INTRODUCTION}
## Broker

${propertyTable(brokerConfigTable)}

### At the next start here, at once with Apache’s

Of the *restart* and *fixed* properties a running broker of Apache’s reads these too. \`updateBrokerConfig\` says of each change which
keys wait for the next start.

${waitingTable(brokerConfigTable)}

### Listed and without effect

These are checked, listed by \`mqadmin getBrokerConfig\` and kept, since Apache's tools look for them; setting one to another value than its
default is reported at the start. Defaults in brackets; none: listed only where it is set.

${idleTable(brokerConfigTable)}

## Name server

${propertyTable(namesrvConfigTable)}

### Listed and without effect

${idleTable(namesrvConfigTable)}

## Controller

${propertyTable(controllerConfigTable)}

### Listed and without effect

${idleTable(controllerConfigTable)}
`;
}

function propertyTable(properties: ConfigTable): string {
  const rows = Object.entries(properties)
    .filter(([, { facts }]) => facts.idle !== true)
    .map(([name, property]) => [
      code(name),
      typeOf(property),
      defaultOf(property),
      property.facts.change ?? 'restart',
      property.facts.meaning,
    ]);
  return table(['property', 'type', 'default', 'change', 'meaning'], rows);
}

/** What Apache's running server reads and ours does not. */
function waitingTable(properties: ConfigTable): string {
  const rows = Object.entries(properties).flatMap(([name, { facts }]) =>
    facts.waits === undefined ? [] : [[code(name), facts.waits]],
  );
  return table(['property', 'why it waits'], rows);
}

function idleTable(properties: ConfigTable): string {
  const byReason = new Map<string, string[]>();
  for (const [name, property] of Object.entries(properties)) {
    const { idle, meaning } = property.facts;
    if (idle !== true) continue;
    const fallback =
      property.fallback === undefined ? '' : ` (${property.fallback === '' ? 'empty' : property.fallback})`;
    byReason.set(meaning, [...(byReason.get(meaning) ?? []), `${code(name)}${fallback}`]);
  }
  const rows = [...byReason].map(([reason, names]) => [reason, names.join(', ')]);
  return table(['why', 'properties'], rows);
}

/** What may be written, and the unit. Bounds of 32-bit numbers are left out. */
function typeOf({ kind, allowed, facts }: Property<unknown>): string {
  const bounded = allowed
    .replace(/^an? /, '')
    .replace(/ from -2147483648 to 2147483647$/, '')
    .replace(/ to (?:2147483647|9007199254740991)$/, ' on');
  const what = kind === 'text' ? 'text' : bounded;
  return facts.unit === undefined ? what : `${what}, ${facts.unit}`;
}

function defaultOf({ fallback }: Property<unknown>): string {
  return fallback === undefined || fallback === '' ? '' : code(String(fallback));
}

const INTRODUCTION = `# Configuration

The properties of broker, name server and controller, from their tables in the code (\`config-table.ts\` of each package). Names and defaults are
those of Apache RocketMQ 5.4.0, and a broker lists every name that a 5.4.0 broker lists. **This page is made by \`npm run docs\`: change the tables, not the page.**

## Files and precedence

\`-c <file>\` names a properties file (Java's format: \`key=value\`, \`#\` comments, \`\\\` continues a line); without it none is read.
[\`conf/\`](../conf) has examples. A value comes from the first of these that has it:

1. the command line: \`-n <list>\` is \`namesrvAddr\` of a broker;
2. the file;
3. \`-D\` properties and the environment, for the few settings below;
4. the default.

A value that a property does not take ends the start with a line that names property, value and what it takes (exit code 1). Names
that are unknown, and names of Apache's that change nothing here, are reported on standard error and are not fatal. \`-p\` prints the
configuration that would be used and ends, \`-m\` the short form of it, \`-h\` the options.

\`sh bin/mqadmin updateBrokerConfig\`, \`updateNamesrvConfig\` and \`updateControllerConfig\` change a running server. In the tables, *live* properties follow at
once; *restart* ones are kept for the next start; *fixed* ones can't be changed while the server runs. A value is checked as at a
start: what the next start could not use is refused with the property's rule, and with several keys in one request either all are
taken or none. What was configured or changed is written to the file given with \`-c\`, what that held before to \`.bak\` beside it;
values that the machine decides (addresses, folders) are listed and not written. Without \`-c\` the file is
\`~/store/config/broker.properties\`, \`~/namesrv/namesrv.properties\` or \`~/controller/controller.properties\`, which are read only if the next start names them with \`-c\`.

## Command line, -D properties, environment

\`-Dkey=value\` may be anywhere on the command line, or in \`JAVA_OPT_EXT\` or \`JAVA_OPT\`; the first of these three wins.

| -D property | environment | meaning | default |
| --- | --- | --- | --- |
| \`rocketmq.namesrv.addr\` | \`NAMESRV_ADDR\` | name servers, \`host:port\` separated by \`;\` | |
| \`rocketmq.namesrv.domain\`, \`rocketmq.namesrv.domain.subgroup\` | | address server, asked for the name servers where none is given: see [name servers](name-servers.md) | |
| \`rocketmq.home.dir\` | \`ROCKETMQ_HOME\` | installation folder: \`rocketmqHome\` of the servers; \`mqadmin\` looks there for \`conf/tools.yml\` | this checkout |
| \`user.home\` | \`HOME\` | where logs and stores lie by default | |
| \`rocketmq.serialize.type\` | \`ROCKETMQ_SERIALIZE_TYPE\` | header form of what a server sends by itself: \`JSON\` or \`ROCKETMQ\` | \`JSON\` |
| | \`ROCKETMQ_TS_DATA\` | data folder of \`npm start\` | \`data/\` of the checkout |
| \`rocketmq.broker.diskSpaceWarningLevelRatio\` | | above this fraction of the disk sends are refused; has priority over the percentage of that name, kept within 0.35 to 0.90 | |
| \`rocketmq.broker.diskSpaceCleanForciblyRatio\` | | above this fraction of the disk the oldest files are removed, expired or not; likewise, 0.30 to 0.85 | |
| \`tls.server.mode\` | | \`disabled\`, \`permissive\` (plain text and TLS on one port) or \`enforcing\` | \`permissive\` |
| \`tls.config.file\` | | file with the \`tls.…\` settings below, which wins over \`-D\` | \`/etc/rocketmq/tls.properties\` |
| \`tls.test.mode.enable\` | | \`true\`: a certificate is made when it is first needed | \`true\` |
| \`tls.server.certPath\`, \`tls.server.keyPath\`, \`tls.server.keyPassword\` | | certificate and key (PEM), needed without test mode | |
| \`tls.server.need.client.auth\`, \`tls.server.trustCertPath\` | | \`none\`, \`optional\` or \`require\`; certificates that clients are checked against | \`none\` |

## Ports

| port | who listens |
| --- | --- |
| 9876 (\`listenPort\`) | name server |
| 10911 (\`listenPort\`) | broker |
| 10909 (\`listenPort\` − 2) | broker, the fast port: the same requests but pulls |
| 10912 (\`haListenPort\`, default \`listenPort\` + 1) | broker, for its slaves: see [replication](replication.md) |

## npm start

\`npm start\` (\`sh bin/mqstart\`) runs name server and broker in one process. \`-c\` is the broker's file, \`-d <folder>\` the data folder,
\`-np <port>\` the port of the name server, \`-dp <port>\` that of [the web console](console.md). Its defaults differ where a machine for development wants it: \`brokerName\` \`broker-a\`,
files of 64 MiB and 300,000 bytes for commit log and consume queues, store and name server's files in the data folder.

## Logs

All programs log to \`~/logs/rocketmqlogs\`, in files of Apache's names. A broker writes \`broker.log\`, \`store.log\` (replication too), \`remoting.log\`,
\`transaction.log\`, \`filter.log\` (SQL92 expressions), \`lock.log\` (queues that are consumed in order), \`stats.log\` and, with \`metricsExporterType=LOG\`,
\`broker_metrics.log\`; a name server \`namesrv.log\`, a controller \`controller.log\`, \`mqadmin\` \`tools.log\`; names without a file of their own go to
\`…_default.log\`. A file is made with its first line. At its limit (100 or 128 MiB) it moves to
\`otherdays/<name>.1.log.gz\`; 5 to 20 of those are kept.

\`logLevel\` of a broker, name server or controller says from which level on lines are logged: \`debug\`, \`info\`, \`warn\` or \`error\`, and
behind it levels of single loggers, which are the second word behind the level in each line: \`logLevel=info,store:debug,remoting:warn\`. It
changes while the server runs:

\`\`\`sh
sh bin/mqadmin updateBrokerConfig -b 127.0.0.1:10911 -k logLevel -v info,store:debug
sh bin/mqadmin updateNamesrvConfig -n 127.0.0.1:9876 -k logLevel -v debug
sh bin/mqadmin updateControllerConfig -a 127.0.0.1:19876 -k logLevel -v warn
\`\`\`

\`logFormat=json\` makes each line one object with \`time\`, \`level\`, \`logger\`, \`message\` and the fields of the line; a stack is a field as well. What a
peer, a disk or a defect may cause any number of times is logged once, and then counted for a minute. A log that can't be written, since its
disk is full or its folder is read-only, never stops a server: lines are dropped, and their number is the next line that can be written.
`;
