import type { AlertRules } from '../alerts/rules.ts';
import type { OldEndpoint } from './endpoint.ts';
import { groupOf } from './topic-of.ts';

/** `/monitor/…`: limits of groups, which are rules of alerts for all clusters. Source: MonitorController, MonitorServiceImpl. */
export function monitorPaths(rules: AlertRules): readonly OldEndpoint[] {
  return [
    {
      method: 'POST',
      path: '/monitor/createOrUpdateConsumerMonitor.do',
      access: 'write',
      run({ values }) {
        const group = groupOf({ values }, 'consumeGroupName');
        rules.setLimits(group, { minCount: values.integer('minCount'), maxDiffTotal: values.integer('maxDiffTotal') });
        return true;
      },
    },
    {
      method: 'GET',
      path: '/monitor/consumerMonitorConfig.query',
      access: 'read',
      run: () => Object.fromEntries(rules.limits()),
    },
    {
      method: 'GET',
      path: '/monitor/consumerMonitorConfigByGroupName.query',
      access: 'read',
      run: ({ values }) => rules.limits().get(groupOf({ values }, 'consumeGroupName')) ?? null,
    },
    {
      method: 'POST',
      path: '/monitor/deleteConsumerMonitor.do',
      access: 'write',
      run({ values }) {
        rules.setLimits(groupOf({ values }, 'consumeGroupName'), undefined);
        return true;
      },
    },
  ];
}
