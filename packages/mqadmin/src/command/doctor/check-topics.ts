import { isSystemTopic, Perm, type TopicConfig } from '@rocketmq-ts/admin';
import { few } from './check-servers.ts';
import type { DiagnosisId, Finding } from './diagnoses.ts';
import type { BrokerFacts, Survey } from './survey.ts';

type Holder = { readonly brokerName: string; readonly config: TopicConfig };

/** Topics on the masters that answered: known to name servers, usable, on all masters, and the same there. One finding a kind and cluster. */
export function checkTopics(survey: Survey): Finding[] {
  const masters = survey.brokers.filter(({ topics }) => topics !== undefined);
  const byCluster = Object.entries(Object.groupBy(masters, ({ cluster }) => cluster));
  const known = new Set(survey.nameServers.flatMap(({ topics }) => topics ?? []));
  return byCluster.flatMap(([cluster, members = []]) => ofCluster(cluster, members, known));
}

function ofCluster(cluster: string, masters: readonly BrokerFacts[], known: ReadonlySet<string>): Finding[] {
  const holders = new Map<string, Holder[]>();
  for (const { brokerName, topics } of masters) {
    for (const [topic, config] of topics!) {
      if (isOfSystem(topic, masters)) continue;
      const of = holders.get(topic);
      if (of === undefined) holders.set(topic, [{ brokerName, config }]);
      else of.push({ brokerName, config });
    }
  }
  const topics = [...holders];
  const finding = (id: DiagnosisId, found: readonly string[]): Finding[] =>
    found.length === 0
      ? []
      : [
          {
            id,
            subject: `cluster ${cluster}`,
            what: `${found.length} topic${found.length === 1 ? '' : 's'}: ${few(found)}`,
          },
        ];
  const isBlocked = ({ config: { perm } }: Holder): boolean => !Perm.isReadable(perm) || !Perm.isWriteable(perm);
  const named = (filter: (of: readonly Holder[]) => boolean, text: (topic: string, of: readonly Holder[]) => string) =>
    topics.filter(([, of]) => filter(of)).map(([topic, of]) => text(topic, of));
  return [
    ...finding(
      'TOPIC_UNROUTED',
      known.size === 0 ? [] : topics.map(([topic]) => topic).filter((topic) => !known.has(topic)),
    ),
    ...finding(
      'TOPIC_BLOCKED',
      named(
        (of) => of.some(isBlocked),
        (topic, of) => `${topic} (${permissionsOf(of.filter(isBlocked))})`,
      ),
    ),
    ...finding(
      'TOPIC_MORE_WRITTEN_THAN_READ',
      named(
        (of) => of.some(({ config }) => config.writeQueueNums > config.readQueueNums),
        (topic) => topic,
      ),
    ),
    ...finding(
      'TOPIC_NOT_EVERYWHERE',
      named(
        (of) => of.length < masters.length,
        (topic, of) => `${topic} (${few(of.map(({ brokerName }) => brokerName))})`,
      ),
    ),
    ...finding(
      'TOPIC_CONFIGS_DIFFER',
      named(
        (of) => new Set(of.map(shape)).size > 1,
        (topic, of) => `${topic} (${shapes(of)})`,
      ),
    ),
  ];
}

/** Besides what brokers call a system topic: topics that are named after a cluster or broker. */
function isOfSystem(topic: string, masters: readonly BrokerFacts[]): boolean {
  return (
    masters.some(({ cluster, brokerName }) => topic === cluster || topic === brokerName) ||
    topic.startsWith('%') ||
    isSystemTopic(topic)
  );
}

function permissionsOf(holders: readonly Holder[]): string {
  return holders.map(({ brokerName, config }) => `${Perm.toString(config.perm)} on ${brokerName}`).join(', ');
}

function shape({ config: { readQueueNums, writeQueueNums, perm } }: Holder): string {
  return `${readQueueNums}/${writeQueueNums} ${Perm.toString(perm)}`;
}

function shapes(holders: readonly Holder[]): string {
  return holders.map((holder) => `${holder.brokerName}: ${shape(holder)}`).join(', ');
}
