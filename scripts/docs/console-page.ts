import { dashboardConfigTable } from '@rocketmq-ts/dashboard';
import { code, table } from './markdown.ts';

/** docs/console.md: how the web console is started, who may do what in it, and its properties. */
export function consolePage(): string {
  const rows = (idle: boolean): string[][] =>
    Object.entries(dashboardConfigTable)
      .filter(([, { facts }]) => (facts.idle === true) === idle)
      .map(([name, { fallback, facts, allowed, kind }]) => [
        code(name),
        kind === 'text' ? 'text' : allowed.replace(/^an? /, ''),
        fallback === undefined || fallback === '' ? '' : code(String(fallback)),
        facts.meaning,
      ]);
  const head = ['property', 'type', 'default', 'meaning'];
  return `${INTRODUCTION}
## Properties

${table(head, rows(false))}

### Taken and without effect

Another value than the default is reported at the start.

${table(head, rows(true))}
`;
}

const INTRODUCTION = `# The web console

What Apache's dashboard shows of a cluster and changes in it, for this project's clusters and Apache's. English and Chinese ([中文](zh/console.md)), light and dark, on
phones, by keyboard.

![Overview of a cluster](images/console/overview.png)

\`npm start\` has it on port 8080 (\`-dp <port>\`; 0: none). For a cluster that runs elsewhere, also one of Apache's:

\`\`\`sh
sh bin/mqdashboard --server.port=12581 --rocketmq.config.namesrvAddr=localhost:9876
\`\`\`

\`sh bin/mqshutdown dashboard\` stops it. It logs to \`~/logs/dashboardlogs/rocketmq-dashboard.log\`, changes also to \`rocketmq-dashboard-audit.log\` there; in
\`npm start\` to the folder of the servers' logs. \`/livez\` and \`/readyz\` are for probes. **This page is made by \`npm run docs\`: change the tables, not the page.**

## Pages

| page | shows | changes |
| --- | --- | --- |
| Overview | what is wrong, in words; brokers, rates, charts now and from the history, the largest topics and lags | |
| Alerts | what is raised now, rules, what was raised and resolved, how it is sent | create, change, silence, switch off, delete rules; send a test |
| Cluster | every broker: version, rates, counts of today and yesterday, its states, its configuration | properties, of one broker or all, with the difference shown before |
| Topics | types, queues, routes, consumers with lag, settings of each broker | create, change, send a message, reset offsets (with a preview), delete |
| Consumer groups | lag now and before, members with what they run, subscriptions and whether they differ, settings | create, change, reset, clone offsets, delete |
| Producers | of a topic and group, or all of a broker | |
| Messages | by topic and time, by key, by id, by place; body as text, JSON, hex; who consumed it and who did not | send again, have it consumed by a chosen member |
| Message trace | one message's way as a picture and as tables | |
| Dead letters | of a group, with the topic that they came from | send again one or many, export as CSV, JSON, XLSX |
| Transactions, Timers and delays | half messages without outcome; delay levels, timer messages | check again; recall |
| Controllers | leader, sync state sets, epochs; shown where there are any | elect a master |
| Proxies | addresses of proxies, and whether each answers at its remoting port; proxies give no configuration over it. Added ones stay until the console ends, beside those of \`rocketmq.config.proxyAddrs\` | add; choose the current one, which \`/proxy/homePage.query\` names |
| Operations | clusters, name servers, whether each address can be reached and why not | name servers' configuration, write permission, clean-ups |
| Access control | users and rules of brokers with accounts (ACL 2.0) and where they differ; what each broker does with them | create, change, delete |
| Audit log | every change: who, what, on which brokers, with which result; for those who may change everything | |

A page is made from what each broker answered: one that is down costs its own rows, and is named. Every change shows the brokers that it will reach, and then
the result of each; what deletes or resets asks for the name. Looking at messages counts as no consumption. The cluster, the tab and every filter are in the
address, so that pages can be kept as links. The charts have a sample a minute for two days and one of ten minutes for thirty, kept with SQLite in the data folder; files
\`dashboard<date>.json\` of Apache's dashboard in it are taken over once.

## Alerts

The console looks every ten seconds whether a rule finds something in what it has collected; it asks the brokers nothing more for that, but where dead letters end, once a minute for each group that has some. What is so for a minute (each
rule has its own time) is raised, and resolved when it is gone for as long. Three rules are always there and can be switched off: no name server answers, a broker does
not answer, a disk is full from 75 %. Others are made for a group: fewer members than so many, more messages behind than so many, messages that
wait for longer than so many minutes, so many dead letters or more within an hour (those that came since the console looks), in one cluster or all. The first two for all clusters are the limits of \`/monitor/…\` of Apache's dashboard, in \`monitor/consumerMonitorConfig.json\` of the data folder, which Apache's never checks. The other
rules are in \`alerts/rules.json\`, what is raised in \`alerts/raised.json\`, so that a new start raises nothing twice, and the history in \`alerts/history.jsonl\`.

With \`--rocketmq.config.alertWebhookUrl=https://…\` each message is posted there, with five tries of ten seconds at most; at most a hundred wait. Redirects are not followed.
The address is shown to nobody; set it in the environment (\`ROCKETMQ_CONFIG_ALERTWEBHOOKURL\`) where others can see the command line. \`alertWebhookFormat\` chooses the form:
\`dingtalk\`, \`wecom\` and \`slack\` are texts for their robots (the first word is \`RocketMQ\`, for those that look for one), \`json\` is what Prometheus Alertmanager posts to its receivers:

\`\`\`json
{
  "version": "4",
  "groupKey": "{}:{cluster=\\"localhost:9876\\"}",
  "truncatedAlerts": 0,
  "status": "firing",
  "receiver": "rocketmq-console",
  "groupLabels": { "cluster": "localhost:9876" },
  "commonLabels": { "cluster": "localhost:9876" },
  "commonAnnotations": {},
  "externalURL": "",
  "alerts": [
    {
      "status": "firing",
      "labels": { "alertname": "lag", "severity": "warning", "cluster": "localhost:9876", "group": "billing" },
      "annotations": { "summary": "Consumer group billing is 12000 messages behind" },
      "startsAt": "2026-11-27T08:00:00.000Z",
      "endsAt": "0001-01-01T00:00:00Z",
      "generatorURL": "",
      "fingerprint": "lag/warning/localhost:9876/billing"
    }
  ]
}
\`\`\`

\`alertname\` is \`noNameServer\`, \`brokerDown\`, \`diskFull\`, \`fewMembers\`, \`lag\`, \`lagAge\`, \`deadLetters\` or \`test\`; brokers have the labels \`broker\` and \`address\`. A resolved alert has the status
\`resolved\` and its end in \`endsAt\`. Each is sent once when it is raised and once when it is resolved; one whose rule is silent is sent when the silence ends.

## Where properties come from

They have their names of Apache's dashboard and are read as Spring Boot reads them: \`namesrv-addr\` and \`namesrvAddr\` are one, \`\${NAME:default}\` is filled in. The
first of these that has a property wins:

1. the command line, \`--server.port=12581\`;
2. \`-Dserver.port=12581\` on the command line, in \`JAVA_OPTS\`, \`JAVA_OPT_EXT\` or \`JAVA_OPT\`;
3. the environment, \`SERVER_PORT\`, \`ROCKETMQ_CONFIG_NAMESRVADDR\`;
4. \`application.properties\`, \`application.yml\` or \`application.yaml\` of the folders \`config\`, \`conf\` and the current one, or those that \`--spring.config.location\` names.

Name servers that none of these has come from \`-Drocketmq.namesrv.addr\`, then \`NAMESRV_ADDR\`. Several clusters are separated by commas, and are shown side by side. A key
that is unknown is named at the start, with the one that may have been meant. \`-p\` prints the properties that would be used.

## Who may do what

| from | without a login | as a normal user | as a super user |
| --- | --- | --- | --- |
| this machine, at \`localhost\` | everything | what \`role-permission.yml\` allows | everything |
| another machine, or through a proxy | look | the same | everything |
| a name that is not the console's | nothing | the same | everything |

With \`--rocketmq.config.loginRequired=true\` nothing is shown before a login. Users are lines \`name=password[,role]\` of \`users.properties\` in the data folder, role 1 is super; where
there is no such file, the first start makes one with the user \`admin\` and prints its password once. In place of a password the file takes a hash:

\`\`\`sh
echo 'the password' | sh bin/mqdashboard --hash-password
\`\`\`

\`role-permission.yml\` beside it lists the end-points of Apache's dashboard that normal users may call (\`rolePerms: { Normal: [/topic/*.query] }\`); the pages of the console obey the
same list. Both files are read again when they change. With \`--rocketmq.config.authMode=acl\` users are those of the brokers (ACL 2.0). After five wrong passwords an address
waits, twice as long each time. Sessions are kept in memory and end with the process.

Names with a dot count as the console's when they are the name of its machine or in \`rocketmq.config.allowedHosts\`: any other could have been made to lead here by another site.
Behind a reverse proxy set \`rocketmq.config.trustedProxies\` to its address, and \`server.servlet.context-path\` where it passes a path on. Changes need the header
\`X-XSRF-TOKEN\`; scripts that are no browser and have no session need none.

Every change is in the audit log: a page of the console, \`audit.jsonl\` in the data folder, and the log.

## Scripts for Apache's dashboard

The end-points of Apache's dashboard 1.x to 2.1 (\`/topic/list.query\`, \`/topic/createOrUpdate.do\`, \`/consumer/groupList.query\`, \`/message/viewMessage.query\`, \`/dashboard/topic.query\`,
\`/rocketmq/nsaddr.query\` …) answer as there: \`{"status":0,"data":…,"errMsg":null}\`, or status −1 with the reason, HTTP status 200. What differs, on purpose:

- A broker that can not be reached costs its part of an answer only; \`failures\` beside \`data\` names it.
- \`createOrUpdate\` keeps what the request leaves out, where Apache's makes a topic without queues or takes its order away.
- \`updateNameSvrAddr.do\` chooses the cluster for the caller (its session, else its address), not for everybody.
- Pages of messages have each message exactly once. Lists of groups are never "being built".
- Nothing found by a key or in a trace is an empty list, where Apache's answers status −1. A group's progress and members need no \`address\`.
- \`updateIsVIPChannel.do\` and \`updateUseTLS.do\` refuse what belongs to a start. \`/test/runTask.do\`, an endless producer, does not exist.

New scripts use \`/api/v1\`: statuses of HTTP, errors as \`{ code, message }\`.
`;
