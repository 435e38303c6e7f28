import { parseEndpoint } from '@rocketmq-ts/kernel';
import type { Finding } from './diagnoses.ts';
import { type BrokerFacts, type NameServerFacts, nameOf, type Survey } from './survey.ts';

const MASTER_ID = 0;
/** A clock is called wrong from here on: what brokers report is cut to seconds. */
const CLOCK_TOLERANCE_MS = 5000;
/** Ratios of a disk. Source of the second: DefaultMessageStore's diskSpaceWarningLevelRatio, at which sends are refused. */
const DISK_FILLING = 0.75;
const DISK_FULL = 0.9;

/** Settings that clients and tools expect to be the same on all masters of a cluster. */
const SHARED_SETTINGS = [
  ...['autoCreateTopicEnable', 'autoCreateSubscriptionGroup', 'defaultTopicQueueNums', 'messageDelayLevel'],
  ...['maxMessageSize', 'fileReservedTime', 'deleteWhen', 'flushDiskType', 'enablePropertyFilter', 'traceTopicEnable'],
  ...['transactionCheckMax', 'transactionTimeOut', 'timerWheelEnable', 'timerMaxDelaySec', 'authenticationEnabled'],
  'authorizationEnabled',
];

/** Name servers: there, and of one mind. */
export function checkNameServers({ nameServers }: Survey): Finding[] {
  const findings = nameServers.flatMap(({ address, failure, answersOtherwise }): Finding[] => {
    if (failure === undefined) return [];
    if (answersOtherwise === true) return [{ id: 'TLS_MISMATCH', subject: `name server ${address}`, what: failure }];
    return [{ id: 'NAME_SERVER_UNREACHABLE', subject: address, what: failure }];
  });
  const [first, ...others] = nameServers.filter(({ failure }) => failure === undefined);
  if (first === undefined) return findings;
  for (const other of others) {
    for (const [what, of] of [
      ['brokers', brokersOf],
      ['topics', (facts: NameServerFacts): string[] => [...(facts.topics ?? [])]],
    ] as const) {
      const [here, there] = [new Set(of(first)), new Set(of(other))];
      const only = [...here].filter((one) => !there.has(one));
      const missing = [...there].filter((one) => !here.has(one));
      if (only.length + missing.length === 0) continue;
      const parts = [
        ...(only.length > 0 ? [`only ${first.address} knows ${what} ${few(only)}`] : []),
        ...(missing.length > 0 ? [`only ${other.address} knows ${what} ${few(missing)}`] : []),
      ];
      findings.push({
        id: 'NAME_SERVERS_DISAGREE',
        subject: `${first.address} and ${other.address}`,
        what: parts.join('; '),
      });
    }
  }
  return findings;
}

function brokersOf({ info }: NameServerFacts): string[] {
  return [...(info?.brokerAddrTable.values() ?? [])].flatMap(({ brokerName, brokerAddrs }) =>
    [...brokerAddrs].map(([id, address]) => `${brokerName} ${id} ${address}`),
  );
}

/** Addresses as clients see them. */
export function checkAddresses({ nameServers, brokers }: Survey): Finding[] {
  const isLocalOnly =
    nameServers.every(({ address }) => isLoopback(address)) && brokers.every(({ address }) => isLoopback(address));
  if (brokers.length === 0) {
    return nameServers.some(({ info }) => info !== undefined)
      ? [{ id: 'NO_BROKER', subject: nameServers.map(({ address }) => address).join(';'), what: 'it lists no broker' }]
      : [];
  }
  const findings = brokers.flatMap((broker): Finding[] => {
    const subject = nameOf(broker);
    if (broker.failure !== undefined) {
      if (broker.answersOtherwise === true) return [{ id: 'TLS_MISMATCH', subject, what: broker.failure }];
      return [{ id: 'BROKER_UNREACHABLE', subject, what: broker.failure }];
    }
    if (isLoopback(broker.address))
      return isLocalOnly ? [] : [{ id: 'BROKER_ADDRESS_LOOPBACK', subject, what: `it announces ${broker.address}` }];
    if (isContainer(broker.address))
      return [{ id: 'BROKER_ADDRESS_CONTAINER', subject, what: `it announces ${broker.address}` }];
    return [];
  });
  if (!isLocalOnly) return findings;
  const what = 'all addresses are loopback ones';
  return [...findings, { id: 'BROKER_ADDRESS_LOCAL', subject: few(brokers.map(({ brokerName }) => brokerName)), what }];
}

function isLoopback(address: string): boolean {
  const host = parseEndpoint(address)?.host ?? address;
  return /^(127\.|::1$|localhost$|0\.0\.0\.0$)/.test(host);
}

/** Networks that Docker takes by itself, and link-local addresses. */
function isContainer(address: string): boolean {
  return /^(172\.(1[7-9]|2\d|3[01])\.|169\.254\.)/.test(address);
}

/** Masters, versions, settings, disks, clocks. */
export function checkBrokers({ brokers }: Survey): Finding[] {
  const answering = brokers.filter(({ failure }) => failure === undefined);
  return [
    ...withoutMaster(brokers),
    ...mixedVersions(answering),
    ...differingSettings(answering),
    ...autoCreate(answering),
    ...answering.flatMap(disk),
    ...clocks(answering),
  ];
}

function withoutMaster(brokers: readonly BrokerFacts[]): Finding[] {
  return Object.entries(Object.groupBy(brokers, ({ brokerName }) => brokerName)).flatMap(([subject, members = []]) =>
    members.some(({ brokerId }) => brokerId === MASTER_ID)
      ? []
      : [{ id: 'BROKER_WITHOUT_MASTER', subject, what: `there is only ${few(members.map(nameOf))}` }],
  );
}

function mixedVersions(brokers: readonly BrokerFacts[]): Finding[] {
  const byVersion = Object.groupBy(brokers, ({ status }) => status.get('brokerVersionDesc') ?? 'unknown');
  const versions = Object.entries(byVersion);
  if (versions.length < 2) return [];
  const what = versions.map(([version, members = []]) => `${version}: ${few(members.map(nameOf))}`).join('; ');
  return [{ id: 'BROKER_VERSIONS_MIXED', subject: `${brokers.length} brokers`, what }];
}

function differingSettings(brokers: readonly BrokerFacts[]): Finding[] {
  const masters = brokers.filter(({ brokerId, config }) => brokerId === MASTER_ID && config.size > 0);
  const byCluster = Object.entries(Object.groupBy(masters, ({ cluster }) => cluster));
  return byCluster.flatMap(([cluster, members = []]) =>
    SHARED_SETTINGS.flatMap((key): Finding[] => {
      const values = Object.entries(Object.groupBy(members, ({ config }) => config.get(key) ?? '(none)'));
      if (values.length < 2) return [];
      const what = values.map(([value, having = []]) => `${value} on ${few(having.map((one) => one.brokerName))}`);
      return [{ id: 'BROKER_CONFIGS_DIFFER', subject: `${key} in ${cluster}`, what: what.join('; ') }];
    }),
  );
}

function autoCreate(brokers: readonly BrokerFacts[]): Finding[] {
  return ['autoCreateTopicEnable', 'autoCreateSubscriptionGroup'].flatMap((key): Finding[] => {
    const on = brokers.filter(({ brokerId, config }) => brokerId === MASTER_ID && config.get(key) === 'true');
    return on.length === 0
      ? []
      : [{ id: 'AUTO_CREATE_ON', subject: key, what: `true on ${few(on.map(({ brokerName }) => brokerName))}` }];
  });
}

function disk(broker: BrokerFacts): Finding[] {
  const { status } = broker;
  const ratio = Math.max(
    Number(status.get('commitLogDiskRatio') ?? 0),
    Number(status.get('consumeQueueDiskRatio') ?? 0),
  );
  if (!(ratio >= DISK_FILLING)) return [];
  const room = status.get('commitLogDirCapacity');
  const what = `${Math.round(ratio * 100)} % of the disk is used${room === undefined ? '' : ` (${room.trim()})`}`;
  return [{ id: ratio >= DISK_FULL ? 'DISK_NEARLY_FULL' : 'DISK_FILLING', subject: nameOf(broker), what }];
}

/** Boot time and time since then, which a broker reports, are its clock. */
function clocks(brokers: readonly BrokerFacts[]): Finding[] {
  const read = brokers.flatMap((broker) => {
    const ahead = aheadMs(broker);
    return ahead === undefined ? [] : [{ broker, ahead }];
  });
  return read.flatMap(({ broker, ahead }): Finding[] => {
    const tolerance = CLOCK_TOLERANCE_MS + broker.tookMs;
    if (Math.abs(ahead) <= tolerance) return [];
    const what = `its clock is ${Math.round(Math.abs(ahead) / 1000)} s ${ahead > 0 ? 'ahead of' : 'behind'} the one here`;
    return [{ id: 'CLOCK_DIFFERS', subject: nameOf(broker), what }];
  });
}

function aheadMs({ status, askedAt }: BrokerFacts): number | undefined {
  const boot = Number(status.get('bootTimestamp'));
  const [, days, hours, minutes, seconds] =
    /(\d+) days, (\d+) hours, (\d+) minutes, (\d+) seconds/.exec(status.get('runtime') ?? '') ?? [];
  if (!(boot > 0) || seconds === undefined) return undefined;
  const upMs = (((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
  // Seconds are cut: half of one in the middle.
  return boot + upMs + 500 - askedAt;
}

/** Up to five names, and how many more there are. */
export function few(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(', ');
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}
