import { type Admin, versionDescription } from '@rocketmq-ts/admin';
import type { BrokerFailure, Page, PageQuery, ProducerRow } from '../api/index.ts';
import { ConsoleError } from '../errors.ts';
import { pageOf, type SortKeys } from '../http/page-of.ts';
import { askEach } from '../targets/broker-calls.ts';
import { allBrokers, type BrokerTarget, chosen } from '../targets/broker-target.ts';
import { mergeFailures, missingBrokers } from '../targets/missing.ts';
import { type Looked, placeOf } from '../targets/topic-place.ts';

/** Whose producers: all, of one broker name, or of one group at the brokers of one topic. */
interface Wish extends PageQuery {
  readonly broker?: string | undefined;
  readonly topic?: string | undefined;
  readonly group?: string | undefined;
}

/** Producers that are connected, merged over brokers. Throws BAD_REQUEST, NOT_FOUND. */
export async function listProducers(looked: Looked, wish: Wish, nowMs: number): Promise<Page<ProducerRow>> {
  const { rows, failures } = await found(looked, wish);
  // Any of its names may be looked for.
  const nameOf = ({ group, clientId, address }: ProducerRow): string => `${group}\n${clientId}\n${address}`;
  return pageOf(rows, wish, nameOf, SORTED_BY, { collectedAtMs: nowMs, failures });
}

const SORTED_BY: SortKeys<ProducerRow> = {
  group: ({ group }) => group,
  clientId: ({ clientId }) => clientId,
  address: ({ address }) => address,
  language: ({ language }) => language,
  version: ({ version }) => version,
  lastSeenMs: ({ lastSeenMs }) => lastSeenMs,
};

async function found(
  looked: Looked,
  { broker, topic, group }: Wish,
): Promise<{ readonly rows: ProducerRow[]; readonly failures: readonly BrokerFailure[] }> {
  const { admin, model } = looked;
  if (topic !== undefined && group !== undefined) {
    const { having } = await placeOf(looked, topic);
    if (having.length === 0) throw new ConsoleError('NOT_FOUND', `no broker has the topic ${topic}`);
    return ofGroup(admin, having, group);
  }
  const all = await allBrokers(admin);
  const brokers = broker === undefined ? all : chosen(all, [broker]);
  const merged = new Merged();
  const { answers, failures } = await askEach(brokers, (address) => admin.producersInBroker(address));
  for (const { broker: from, value } of answers) {
    for (const [name, producers] of value) {
      if (group !== undefined && name !== group) continue;
      for (const { clientId, remoteIP, language, version, lastUpdateTimestamp } of producers) {
        merged.add(from, {
          ...{ group: name, clientId, language, version: versionDescription(version) },
          // Java prints addresses with a slash in front.
          address: remoteIP.replace(/^\//, ''),
          lastSeenMs: lastUpdateTimestamp,
        });
      }
    }
  }
  const missing = missingBrokers(model, all, (name) => broker === undefined || name === broker);
  return { rows: merged.rows, failures: mergeFailures(missing, failures) };
}

async function ofGroup(
  admin: Admin,
  brokers: readonly BrokerTarget[],
  group: string,
): Promise<{ readonly rows: ProducerRow[]; readonly failures: readonly BrokerFailure[] }> {
  const merged = new Merged();
  const { answers, failures } = await askEach(brokers, (address) => admin.producerGroupInBroker(address, group));
  for (const { broker, value } of answers) {
    for (const { clientId, clientAddr, language, version } of value) {
      const row = { group, clientId, address: clientAddr, language, version: versionDescription(version) };
      merged.add(broker, { ...row, lastSeenMs: undefined });
    }
  }
  return { rows: merged.rows, failures };
}

/** One row for a client of a group, whatever number of brokers it is connected to. */
class Merged {
  readonly #rows = new Map<string, ProducerRow>();

  get rows(): ProducerRow[] {
    return [...this.#rows.values()];
  }

  add({ brokerName }: BrokerTarget, row: Omit<ProducerRow, 'brokers'>): void {
    const key = `${row.group}\n${row.clientId}`;
    const known = this.#rows.get(key);
    const lastSeenMs = Math.max(known?.lastSeenMs ?? 0, row.lastSeenMs ?? 0) || undefined;
    this.#rows.set(key, { ...(known ?? row), lastSeenMs, brokers: [...(known?.brokers ?? []), brokerName] });
  }
}
