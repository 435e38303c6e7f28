import {
  AdminError,
  type BrokerData,
  type ClusterInfo,
  MASTER_ID,
  ResponseCode,
  type TopicRoute,
} from '@rocketmq-ts/admin';
import { compareText } from '@rocketmq-ts/kernel';
import type { BrokerFailure } from '../api/index.ts';
import type { Cluster } from '../clusters/registry.ts';
import { reasonOf } from '../http/failure.ts';

/** A broker name with everything that answers for it. */
export interface NamedBroker {
  readonly brokerName: string;
  /** The master first: what it has not sent to its slaves yet is only there. */
  readonly addresses: readonly string[];
}

/** A broker of a topic. */
export interface TopicBroker extends NamedBroker {
  /** Numbers of its queues are below this. */
  readonly queues: number;
}

/** Where messages are looked for: a cluster, and what was collected of it. */
export type Place = Pick<Cluster, 'admin' | 'model'>;

/** Brokers to ask, and those that were there until lately. */
export interface Brokers<Broker> {
  readonly brokers: readonly Broker[];
  /** The name servers know them no more: their part is missing, and would be missed by nobody. */
  readonly missing: readonly BrokerFailure[];
}

/** Brokers of a topic by its route. Fails with response code 17 when no broker has the topic, nor one that is missing had it. */
export async function topicBrokers({ admin, model }: Place, topic: string): Promise<Brokers<TopicBroker>> {
  const had = model.topics.get(topic)?.configs;
  const missingOf = (present: readonly NamedBroker[]): BrokerFailure[] =>
    missing(model, present).filter(({ brokerName }) => had?.has(brokerName ?? '') === true);
  let route: TopicRoute;
  try {
    route = await admin.examineTopicRoute(topic);
  } catch (error) {
    const gone = missingOf([]);
    const isUnknown = error instanceof AdminError && error.responseCode === ResponseCode.TOPIC_NOT_EXIST;
    if (!isUnknown || gone.length === 0) throw error;
    return { brokers: [], missing: gone };
  }
  const brokers = route.brokerDatas.map((data) => ({ ...named(data), queues: queuesOf(route, data.brokerName) }));
  return { brokers, missing: missingOf(brokers) };
}

/** Every broker of the cluster behind the name servers, by name. */
export async function allBrokers({ admin, model }: Place): Promise<Brokers<NamedBroker>> {
  const info: ClusterInfo = await admin.examineClusterInfo();
  const brokers = [...info.brokerAddrTable.values()].map(named).sort((a, b) => compareText(a.brokerName, b.brokerName));
  return { brokers, missing: missing(model, brokers) };
}

function missing(model: Place['model'], present: readonly NamedBroker[]): BrokerFailure[] {
  const names = new Set(present.map(({ brokerName }) => brokerName));
  return [...model.brokers.values()]
    .filter(({ brokerName, goneAtMs }) => goneAtMs !== undefined && !names.has(brokerName))
    .map(({ brokerName, address, outage }) => ({ brokerName, address, message: outage?.message ?? '' }));
}

function named({ brokerName, brokerAddrs }: BrokerData): NamedBroker {
  const master = brokerAddrs.get(MASTER_ID);
  const slaves = [...brokerAddrs].filter(([id]) => id !== MASTER_ID).map(([, address]) => address);
  return { brokerName, addresses: master === undefined ? slaves : [master, ...slaves] };
}

/** A topic that was made smaller has messages in queues that are not read any more. */
function queuesOf(route: TopicRoute, brokerName: string): number {
  const data = route.queueDatas.find((each) => each.brokerName === brokerName);
  return data === undefined ? 0 : Math.max(data.readQueueNums, data.writeQueueNums);
}

/** Asks brokers and keeps which could not be asked. Each of them fails only its own part of an answer. */
export class BrokerCalls {
  readonly #failures = new Map<string, BrokerFailure>();
  /** Broker name → the address that answered last. */
  readonly #answering = new Map<string, string>();

  get failures(): readonly BrokerFailure[] {
    return [...this.#failures.values()];
  }

  /** Takes over what failed in earlier calls of the same answer. */
  add(failures: readonly BrokerFailure[]): void {
    for (const failure of failures) this.#failures.set(failure.brokerName ?? failure.address, failure);
  }

  hasFailed(brokerName: string): boolean {
    return this.#failures.has(brokerName);
  }

  /**
   * What `ask` resolves to for the broker; undefined when it has failed now or before. A slave is asked where the master can't be
   * reached; what a broker refuses, its slave would refuse as well.
   */
  async ask<T>(broker: NamedBroker, ask: (address: string) => Promise<T>): Promise<T | undefined> {
    const { brokerName } = broker;
    if (this.hasFailed(brokerName)) return undefined;
    const known = this.#answering.get(brokerName);
    const addresses = known === undefined ? broker.addresses : [known];
    let failure: unknown;
    let asked = '';
    for (const address of addresses) {
      asked ||= address;
      try {
        const answer = await ask(address);
        this.#answering.set(brokerName, address);
        return answer;
      } catch (error) {
        failure ??= error;
        if (!(error instanceof AdminError)) throw error;
        if (error.code !== 'UNREACHABLE') break;
      }
    }
    this.#failures.set(brokerName, { brokerName, address: asked, message: reasonOf(failure) });
    return undefined;
  }
}
