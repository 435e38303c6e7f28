import type { Clock } from '@rocketmq-ts/kernel';
import type { GROUP_ROUTES } from '../api/index.ts';
import type { Handlers } from '../http/bind.ts';
import { allBrokers } from '../targets/broker-target.ts';
import { confirmed } from '../targets/confirm.ts';
import { mergeFailures, missingBrokers } from '../targets/missing.ts';
import { changeGroup, createGroup, groupConfig } from './change-group.ts';
import { checkSubscriptions } from './check-subscriptions.ts';
import { cloneOffsets, previewClone } from './clone-offsets.ts';
import { deleteGroup } from './delete-group.ts';
import { groupSummary } from './group-summary.ts';
import { listGroups } from './list-groups.ts';
import { membersOf } from './members.ts';
import { groupProgress } from './progress.ts';
import { runningInfo } from './running-info.ts';

/** Handlers of `GROUP_ROUTES`. */
export function groupHandlers(clock: Clock): Handlers<typeof GROUP_ROUTES> {
  return {
    listGroups: ({ cluster, query }) => listGroups(cluster.model, query),
    createGroup: ({ cluster, body }) => createGroup(cluster, body),
    groupSummary: ({ cluster, params }) => groupSummary(cluster, params.group),
    groupProgress: ({ cluster, params, query }) => groupProgress(cluster, { group: params.group, ...query }, clock),
    groupClients: async ({ cluster: { admin, model }, params }) => {
      const brokers = await allBrokers(admin);
      const { answers: _, ...members } = await membersOf(admin, brokers, params.group);
      const failures = mergeFailures(missingBrokers(model, brokers), members.failures);
      return { ...members, failures, collectedAtMs: clock.now() };
    },
    checkSubscriptions: ({ cluster, params }) => checkSubscriptions(cluster.admin, params.group),
    runningInfo: ({ cluster, params, query }) =>
      runningInfo(cluster.admin, params.group, params.client, query.stack === true, clock),
    groupConfig: ({ cluster, params }) => groupConfig(cluster, params.group),
    changeGroup: ({ cluster, params, body }) => changeGroup(cluster, params.group, body),
    previewClone: ({ cluster, params, query }) =>
      previewClone(cluster, { from: params.group, to: query.to, topic: query.topic }),
    cloneOffsets: ({ cluster, params, body }) => {
      confirmed(body.to, body.confirm);
      return cloneOffsets(cluster, { from: params.group, to: body.to, topic: body.topic });
    },
    deleteGroup: ({ cluster, params, body }) => {
      confirmed(params.group, body.confirm);
      return deleteGroup(cluster, params.group, body);
    },
  };
}
