import { type ConsumerConnection, isSystemGroup, versionDescription } from '@rocketmq-ts/admin';
import { compareText, inTurns } from '@rocketmq-ts/kernel';
import { connectionIn } from '../groups/members.ts';
import { BrokerCalls } from '../targets/broker-calls.ts';
import { type BrokerTarget, targetAt, targetsOf } from '../targets/broker-target.ts';
import { askAll, type OldCall } from './endpoint.ts';
import { dateJson } from './json-forms.ts';
import { SYSTEM_PREFIX } from './topic-of.ts';

/** Requests for one list that are under way at a time. */
const AT_A_TIME = 16;
/** Lists and groups are answered from memory for so long. */
const FRESH_MS = 10_000;

/** Groups that Apache's dashboard counts as the system's, besides those that brokers do. Source: ConsumerServiceImpl. */
const SYSTEM_GROUPS = new Set([
  ...['TOOLS_CONSUMER', 'FILTERSRV_CONSUMER', 'SELF_TEST_C_GROUP', 'CID_ONS-HTTP-PROXY', 'CID_ONSAPI_PULL'],
  ...['CID_ONSAPI_PERMISSION', 'CID_ONSAPI_OWNER', 'CID_SYS_RMQ_TRANS', 'CID_DefaultHeartBeatSyncerTopic'],
]);

/** Source: GroupConsumeInfo. */
interface GroupInfo {
  readonly group: string;
  readonly version: string | null;
  readonly count: number;
  readonly consumeType: string | null;
  readonly messageModel: string | null;
  readonly address: readonly string[];
  readonly consumeTps: number;
  readonly diffTotal: number;
  readonly subGroupType: 'NORMAL' | 'FIFO' | 'SYSTEM';
  readonly updateTime: string;
}

interface Place {
  readonly brokers: BrokerTarget[];
  readonly addresses: string[];
  isOrderly: boolean;
}

/** Groups of a cluster as `/consumer/groupList.query` shows them. Source: ConsumerServiceImpl#queryGroupList. */
export class ConsumerList {
  /** By cluster and proxy. */
  readonly #lists = new Map<string, { readonly atMs: number; readonly rows: Promise<GroupInfo[]> }>();

  /** By name; `isFresh`: not from memory. */
  async rows(call: OldCall, isFresh = false): Promise<GroupInfo[]> {
    const key = `${call.cluster.id} ${call.values.optional('address') ?? ''}`;
    const known = this.#lists.get(key);
    const now = call.clock.monotonicMs();
    if (!isFresh && known !== undefined && now - known.atMs < FRESH_MS) return known.rows;
    const rows = this.#read(call);
    this.#lists.set(key, { atMs: now, rows });
    // What failed is asked again by the next caller.
    rows.catch(() => this.#lists.delete(key));
    return rows;
  }

  /** One group, asked now. */
  async row(call: OldCall, group: string): Promise<GroupInfo> {
    const places = await placesOf(call);
    return this.#rowOf(call, new BrokerCalls(), group, places.get(group));
  }

  async #read(call: OldCall): Promise<GroupInfo[]> {
    const places = [...(await placesOf(call))].sort(([a], [b]) => compareText(a, b));
    const calls = new BrokerCalls();
    const rows = await inTurns(places, AT_A_TIME, ([group, place]) => this.#rowOf(call, calls, group, place));
    call.failures.push(...calls.failures);
    return rows;
  }

  async #rowOf(call: OldCall, calls: BrokerCalls, group: string, place: Place | undefined): Promise<GroupInfo> {
    const [stats, connection] = await Promise.all([
      progressOf(call, calls, group, place?.brokers ?? []),
      membersOf(call, group, place?.brokers ?? [], calls),
    ]);
    const versions = connection?.connectionSet.map(({ version }) => version) ?? [];
    const isSystem = isSystemGroup(group) || SYSTEM_GROUPS.has(group);
    return {
      group: isSystem && !call.values.flag('skipSysGroup') ? SYSTEM_PREFIX + group : group,
      version: versions.length === 0 ? null : versionDescription(Math.min(...versions)),
      count: connection?.connectionSet.length ?? 0,
      consumeType: connection?.consumeType ?? null,
      messageModel: connection?.messageModel ?? null,
      address: place?.addresses ?? [],
      consumeTps: Math.trunc(stats?.tps ?? 0),
      diffTotal: stats?.lag ?? -1,
      subGroupType: isSystem ? 'SYSTEM' : place?.isOrderly === true ? 'FIFO' : 'NORMAL',
      updateTime: dateJson(call.clock.now()),
    };
  }
}

/** Groups of all brokers that answer; a group is FIFO when it is orderly on each of its brokers. */
async function placesOf(call: OldCall): Promise<Map<string, Place>> {
  const brokers = targetsOf(await call.admin.examineClusterInfo());
  const places = new Map<string, Place>();
  for (const { broker, address, value } of await askAll(call, brokers, (at) => call.admin.subscriptionGroups(at))) {
    for (const [group, { consumeMessageOrderly }] of value) {
      const place = places.get(group);
      if (place === undefined)
        places.set(group, { brokers: [broker], addresses: [address], isOrderly: consumeMessageOrderly });
      else {
        place.brokers.push(broker);
        place.addresses.push(address);
        place.isOrderly &&= consumeMessageOrderly;
      }
    }
  }
  return places;
}

/** Undefined where no broker knows of any progress. */
async function progressOf(
  { admin }: OldCall,
  calls: BrokerCalls,
  group: string,
  brokers: readonly BrokerTarget[],
): Promise<{ readonly lag: number; readonly tps: number } | undefined> {
  let lag: number | undefined;
  let tps = 0;
  for (const { value } of await calls.askEach(brokers, (address) => admin.consumeStatsInBroker(address, group))) {
    if (value === undefined || value.offsets.length === 0) continue;
    tps += value.consumeTps;
    for (const { brokerOffset, consumerOffset } of value.offsets) lag = (lag ?? 0) + brokerOffset - consumerOffset;
  }
  return lag === undefined ? undefined : { lag, tps };
}

/** Members that all brokers know, or those of a proxy that the caller names; undefined for none. */
export async function membersOf(
  call: OldCall,
  group: string,
  brokers: readonly BrokerTarget[],
  calls: BrokerCalls = new BrokerCalls(),
): Promise<ConsumerConnection | undefined> {
  const named = call.values.optional('address')?.split(',');
  const asked = named?.map((address) => targetAt(address.trim())) ?? brokers;
  const answers = await calls.askEach(asked, (address) => connectionIn(call.admin, address, group));
  const found = answers.flatMap(({ value }) => value ?? []);
  const [first] = found;
  if (first === undefined) return undefined;
  const connections = new Map(found.flatMap(({ connectionSet }) => connectionSet.map((each) => [each.clientId, each])));
  return { ...first, connectionSet: [...connections.values()] };
}
