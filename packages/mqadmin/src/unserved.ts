/** Why a group of Apache's commands is not here, and what serves instead. */
interface Unserved {
  readonly names: readonly string[];
  /** Continues "<name> is not served yet by this version: ". */
  readonly instead: string;
}

/** Commands that Apache's mqadmin 5.4.0 has and this one has not. Source: MQAdminStartup#initCommand. */
const UNSERVED: readonly Unserved[] = [
  {
    names: ['printMsg', 'printMsgByQueue', 'consumeMessage'],
    instead: 'use queryMsgByOffset for one message, or sh bin/mqstore dump <store folder> on the machine of the broker',
  },
  {
    names: ['queryCq'],
    instead:
      'use topicStatus for the ends of queues, or sh bin/mqstore dump <store folder> on the machine of the broker',
  },
  {
    names: ['sendMsgStatus', 'checkMsgSendRT', 'clusterRT'],
    instead:
      'use sendMessage for one message, or sh bin/tools.sh org.apache.rocketmq.example.quickstart.Producer for many',
  },
  { names: ['brokerConsumeStats', 'startMonitoring'], instead: 'use consumerProgress for the lag of groups' },
  { names: ['statsAll'], instead: 'use topicStatus and consumerProgress, or clusterList -m for rates' },
  { names: ['consumerStatus'], instead: 'use consumerConnection for the members of a group' },
  { names: ['producer'], instead: 'use producerConnection -g <group> -t <topic>' },
  { names: ['cloneGroupOffset'], instead: 'use resetOffsetByTime -g <new group> to place a group' },
  {
    names: ['exportMetrics'],
    instead: 'copy the files under <store folder>/config, or use getBrokerConfig, topicList and brokerStatus',
  },
  { names: ['dumpCompactionLog'], instead: 'topics are not compacted; use sh bin/mqstore dump for the commit log' },
];

/** All names, for tests. */
export const UNSERVED_NAMES: readonly string[] = UNSERVED.flatMap(({ names }) => names);

/** One sentence about a command that Apache has and this version has not; undefined for any other. Ignores case. */
export function whyUnserved(wanted: string): string | undefined {
  const lower = wanted.toLowerCase();
  for (const { names, instead } of UNSERVED) {
    const name = names.find((each) => each.toLowerCase() === lower);
    if (name !== undefined) return `${name} is not served yet by this version: ${instead}.`;
  }
  return undefined;
}
