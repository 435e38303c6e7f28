import type { Admin, ClusterInfo, SubscriptionGroupConfig, TopicConfig } from '@rocketmq-ts/admin';

/** What was learnt of a set-up before anything is judged. */
export interface Survey {
  readonly nameServers: readonly NameServerFacts[];
  readonly brokers: readonly BrokerFacts[];
  readonly groups: readonly GroupFacts[];
  /** Sentences on what was left out or refused. */
  readonly gaps: readonly string[];
}

export interface NameServerFacts {
  readonly address: string;
  /** Why it did not answer. */
  readonly failure?: string;
  /** It answers when TLS is used the other way round. */
  readonly answersOtherwise?: boolean;
  readonly info?: ClusterInfo;
  readonly topics?: readonly string[];
}

export interface BrokerFacts {
  readonly cluster: string;
  readonly brokerName: string;
  readonly brokerId: number;
  readonly address: string;
  readonly failure?: string;
  readonly answersOtherwise?: boolean;
  readonly status: ReadonlyMap<string, string>;
  readonly config: ReadonlyMap<string, string>;
  /** Wall clock here in the middle of the question for the status, and how long that took. */
  readonly askedAt: number;
  readonly tookMs: number;
  /** Of masters. */
  readonly topics?: ReadonlyMap<string, TopicConfig>;
  readonly groups?: ReadonlyMap<string, SubscriptionGroupConfig>;
  readonly ha?: HaStatus;
}

type HaStatus = Awaited<ReturnType<Admin['haStatus']>>;

export interface GroupFacts {
  readonly group: string;
  /** Names of masters that have its settings. */
  readonly configuredOn: readonly string[];
  readonly onlineOn: readonly string[];
  readonly members: readonly MemberFacts[];
  /** Messages waiting at a first and at a second look. */
  readonly lag: readonly [number, number];
  readonly deadLetters: number;
}

export interface MemberFacts {
  readonly clientId: string;
  readonly version: string;
  /** Undefined: it did not answer. */
  readonly state?: {
    /** `topic expression`, sorted. */
    readonly subscriptions: readonly string[];
    readonly model: string | undefined;
    readonly type: string | undefined;
    /** A sentence for each queue that does not get on. */
    readonly blocked: readonly string[];
  };
}

/** Broker as text: `broker-a 0 (10.0.0.1:10911)`. */
export function nameOf({ brokerName, brokerId, address }: BrokerFacts): string {
  return `${brokerName} ${brokerId} (${address})`;
}
