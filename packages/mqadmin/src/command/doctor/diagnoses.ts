/** How bad a finding is: a problem loses or delays messages or will, and makes the exit code 2; advice does not. */
export type Severity = 'problem' | 'advice';

/** What can be wrong with a set-up, and what to do about it. */
interface Diagnosis {
  readonly severity: Severity;
  readonly meaning: string;
  readonly todo: string;
}

const problem = (meaning: string, todo: string): Diagnosis => ({ severity: 'problem', meaning, todo });
const advice = (meaning: string, todo: string): Diagnosis => ({ severity: 'advice', meaning, todo });

/** Everything that `mqadmin doctor` looks for. docs/mqadmin.md lists it. */
export const DIAGNOSES = {
  NAME_SERVER_UNREACHABLE: problem(
    'A name server of the list does not answer.',
    'Start it, or take it out of -n, NAMESRV_ADDR and the namesrvAddr of brokers and clients.',
  ),
  NAME_SERVERS_DISAGREE: problem(
    'Name servers know different brokers or topics, so that clients see what their name server happens to know.',
    'Give every broker all name servers in namesrvAddr, and look again after 30 seconds.',
  ),
  NO_BROKER: problem('No broker is registered.', 'Start brokers with namesrvAddr set to these name servers.'),
  TLS_MISMATCH: problem(
    'A server answers with TLS and not without, or the other way round.',
    'Use -Dtls.enable=true (or leave it out) for tools and clients, or set tls.server.mode of the server to permissive.',
  ),
  BROKER_UNREACHABLE: problem(
    'A broker is registered under an address that does not answer here; clients use the same address.',
    'If the broker runs, set brokerIP1 to an address that clients reach, open its port in the firewall, and restart it.',
  ),
  BROKER_ADDRESS_LOOPBACK: problem(
    'A broker announces a loopback address: clients on other machines connect to themselves.',
    'Set brokerIP1 to the address of the machine and restart the broker.',
  ),
  BROKER_ADDRESS_LOCAL: advice(
    'Name servers and brokers are all at loopback addresses: good for one machine only.',
    'Before clients on other machines use it, set brokerIP1 of each broker to the address of its machine.',
  ),
  BROKER_ADDRESS_CONTAINER: advice(
    'A broker announces an address of a container network, which is reached from its own host only.',
    'Set brokerIP1 to the address of the host and publish the port under the same number.',
  ),
  BROKER_WITHOUT_MASTER: problem(
    'A broker name has slaves and no master: nothing can be sent to it.',
    'Start its master; if it is gone for good, promote a slave (brokerRole, brokerId=0, or electMaster with a controller).',
  ),
  BROKER_VERSIONS_MIXED: advice('Brokers run different versions.', 'Fine during an upgrade; end it.'),
  BROKER_CONFIGS_DIFFER: advice(
    'Masters of one cluster have different values where clients expect one.',
    'Set it to one value on all: updateBrokerConfig -c <cluster> -k <key> -v <value>, and in their files.',
  ),
  AUTO_CREATE_ON: advice(
    'Topics or groups are made by the first client that names them: a typing error becomes a topic on one broker.',
    'For production set autoCreateTopicEnable and autoCreateSubscriptionGroup to false, and create them with updateTopic and updateSubGroup.',
  ),
  DISK_NEARLY_FULL: problem(
    'A disk is so full that the broker deletes early or refuses messages.',
    'Make room: deleteExpiredCommitLog, a lower fileReservedTime, or a larger disk.',
  ),
  DISK_FILLING: advice('A disk is more than three quarters full.', 'Watch it, or lower fileReservedTime.'),
  CLOCK_DIFFERS: problem(
    'The clock of a broker differs from the one here or from other brokers: delays, expiry and resets by time are off.',
    'Synchronize the clocks of all machines (NTP).',
  ),
  LOGS_DIVERGED: problem(
    'A slave has other messages than its master, and copies nothing.',
    'See clusterList, which names both ways to repair it.',
  ),
  SLAVE_NOT_CONNECTED: problem(
    'A slave is registered and does not copy from its master.',
    'See the log of the slave; its haMasterAddress or the master’s brokerIP2 and haListenPort may not be reachable.',
  ),
  SLAVE_BEHIND: problem(
    'A slave is far behind its master: what it lacks is lost with the master’s disk.',
    'See haStatus: a slow disk or network of the slave.',
  ),
  SYNC_MASTER_ALONE: problem(
    'A SYNC_MASTER has no slave in sync: sends are answered with SLAVE_NOT_AVAILABLE or refused.',
    'Start its slave, or set brokerRole=ASYNC_MASTER.',
  ),
  TOPIC_UNROUTED: problem(
    'A broker has a topic that the name server does not know: clients do not find it.',
    'The broker registers every 30 seconds; if it stays, see its log, or create the topic again with updateTopic.',
  ),
  TOPIC_BLOCKED: problem(
    'A topic can be neither sent to or read on a broker as its permission is.',
    'Set it with updateTopicPerm -p 6, if that was not meant.',
  ),
  TOPIC_MORE_WRITTEN_THAN_READ: problem(
    'A topic has more queues for writing than for reading: messages in the others are never consumed.',
    'Set -r and -w of updateTopic to the same number.',
  ),
  TOPIC_NOT_EVERYWHERE: advice(
    'A topic is on some masters of the cluster only, so that these take all of its load.',
    'Create it on all: updateTopic -c <cluster> -t <topic>.',
  ),
  TOPIC_CONFIGS_DIFFER: advice(
    'A topic has different queues or permissions on different brokers.',
    'Set it to one value on all: updateTopic -c <cluster> -t <topic> -r <n> -w <n>.',
  ),
  GROUP_SUBSCRIPTIONS_DIFFER: problem(
    'Members of a group subscribe to different topics or expressions: each replaces the others’, and messages are passed over.',
    'Give all members of a group the same subscriptions, or groups of their own.',
  ),
  GROUP_MODES_DIFFER: problem(
    'Members of a group differ in broadcasting and clustering, or in push and pull.',
    'Give each kind a group of its own.',
  ),
  GROUP_VERSIONS_DIFFER: advice('Members of a group run different client versions.', 'Fine during an upgrade; end it.'),
  GROUP_WITHOUT_CONFIG: problem(
    'A group is online and a broker has no settings for it, so that it gets nothing there.',
    'Create it on all: updateSubGroup -c <cluster> -g <group>.',
  ),
  GROUP_LAG_GROWS: problem(
    'A group is online and falls further behind.',
    'More members (up to the number of queues), a quicker listener, or larger batches.',
  ),
  GROUP_OFFLINE_WITH_LAG: advice(
    'A group has messages waiting and no member online.',
    'Start its consumers, or delete the group with deleteSubGroup.',
  ),
  GROUP_DEAD_LETTERS: advice(
    'Messages of a group have failed for good.',
    'Look at them under the topic %DLQ%<group>, and send them again once the cause is mended.',
  ),
  CONSUMER_BLOCKED: problem(
    'A member holds messages and has not finished one for a minute.',
    'See consumerStatus -g <group> -i <client> -s for what its threads wait for.',
  ),
  CONSUMER_SILENT: advice(
    'A member did not answer the broker’s question for its state.',
    'Its client may be too old, or its connection is stuck.',
  ),
  NOT_ANSWERED: advice('A question was refused or not answered, so that something was not looked at.', 'See the text.'),
} as const satisfies Record<string, Diagnosis>;

export type DiagnosisId = keyof typeof DIAGNOSES;

/** Something that was found. */
export interface Finding {
  readonly id: DiagnosisId;
  /** Which broker, topic, group or name server. */
  readonly subject: string;
  /** What it is there, with figures. */
  readonly what: string;
}
