import { versionDescription } from '@rocketmq-ts/admin';
import {
  GROUP_KINDS,
  type GroupKind,
  type GroupPage,
  type GroupRow,
  type PageQuery,
  type UnknownReason,
} from '../api/index.ts';
import type { ClusterModel, GroupState } from '../collect/model.ts';
import { countKinds, isNamed, pageOf, type SortKeys } from '../http/page-of.ts';
import { groupKind } from './group-summary.ts';

/** Which groups, beside what a page is asked for with. */
interface Wish extends PageQuery {
  readonly types?: readonly GroupKind[] | undefined;
  readonly state?: 'online' | 'offline' | undefined;
}

/** The groups of a cluster, from what was collected. */
export function listGroups(model: ClusterModel, wish: Wish): GroupPage {
  const named = [...model.groups.values()].filter(({ group }) => isNamed(group, wish.filter));
  const rows = named.map((state) => rowOf(state, model));
  const kinds = countKinds(GROUP_KINDS, rows);
  const wanted = rows.filter(
    ({ kind, online }) =>
      (wish.types === undefined || wish.types.includes(kind)) &&
      (wish.state === undefined || online === (wish.state === 'online')),
  );
  return {
    ...pageOf(wanted, wish, ({ group }) => group, SORTED_BY, {
      collectedAtMs: model.collectedAtMs('tables'),
      failures: model.failures(),
    }),
    kinds,
  };
}

const SORTED_BY: SortKeys<GroupRow> = {
  group: (row) => row.group.toLowerCase(),
  kind: (row) => row.kind,
  members: (row) => row.members,
  version: (row) => row.version,
  consumeType: (row) => row.consumeType,
  messageModel: (row) => row.messageModel,
  consumeTps: (row) => row.consumeTps,
  lag: (row) => row.lag,
  collectedAtMs: (row) => row.collectedAtMs,
};

function rowOf({ group, configs, figures, members }: GroupState, model: ClusterModel): GroupRow {
  const clients = new Map<string, number>();
  for (const { versions } of members.values()) for (const [id, version] of versions) clients.set(id, version);
  const [someone] = [...members.values()].filter(({ versions }) => versions.size > 0);
  const counted = [...figures.values()];
  const isAsked = members.size > 0;
  const unknown = whyUnknown(counted.length, isAsked, clients.size, someone?.messageModel, configs.keys(), model);
  return {
    group,
    kind: groupKind(group, configs.values()),
    brokers: [...configs.keys()].sort(),
    online: clients.size > 0,
    members: isAsked ? clients.size : undefined,
    version: clients.size > 0 ? versionDescription(Math.min(...clients.values())) : undefined,
    consumeType: someone?.consumeType,
    messageModel: someone?.messageModel,
    consumeTps: counted.length > 0 ? counted.reduce((sum, { consumeTps }) => sum + consumeTps, 0) : undefined,
    lag: unknown === undefined ? counted.reduce((sum, { lag }) => sum + lag, 0) : undefined,
    unknown,
    collectedAtMs: counted.length > 0 ? Math.min(...counted.map(({ atMs }) => atMs)) : undefined,
  };
}

/** Why there is no lag to show; undefined when there is one. */
function whyUnknown(
  figures: number,
  isAsked: boolean,
  members: number,
  messageModel: string | undefined,
  brokers: Iterable<string>,
  model: ClusterModel,
): UnknownReason | undefined {
  if (messageModel === 'BROADCASTING') return 'BROADCASTING';
  if (figures > 0) return undefined;
  if (!isAsked) {
    const names = new Set(brokers);
    const isDown = [...model.brokers.values()].some(
      ({ brokerName, outage }) => outage !== undefined && names.has(brokerName),
    );
    return isDown ? 'BROKER_FAILED' : 'NOT_COLLECTED';
  }
  return members === 0 ? 'NOT_ONLINE' : 'NO_OFFSETS';
}
