import { type Disk, type Logger, replaceFile } from '@rocketmq-ts/kernel';
import type { OldEndpoint } from './endpoint.ts';
import { groupOf } from './topic-of.ts';

/** Source: ConsumerMonitorConfig. */
interface MonitorConfig {
  readonly minCount: number;
  readonly maxDiffTotal: number;
}

const MAX_GROUPS = 10_000;

/**
 * `/monitor/…`: limits of groups, kept in `monitor/consumerMonitorConfig.json` of the data folder as Apache's dashboard does, which
 * checks none of them either. Source: MonitorController, MonitorServiceImpl.
 */
export function monitorPaths(disk: Disk, dataPath: string | undefined, logger: Logger): readonly OldEndpoint[] {
  const path = dataPath === undefined ? undefined : `${dataPath}/monitor/consumerMonitorConfig.json`;
  let known: Map<string, MonitorConfig> | undefined;
  const configs = (): Map<string, MonitorConfig> => {
    known ??= path === undefined ? new Map() : readConfigs(disk, path, logger);
    return known;
  };
  const save = (): void => {
    if (path === undefined) return;
    disk.makeDirectory(path.slice(0, path.lastIndexOf('/')));
    replaceFile(disk, path, Buffer.from(JSON.stringify(Object.fromEntries(configs()), undefined, 2)));
  };
  return [
    {
      method: 'POST',
      path: '/monitor/createOrUpdateConsumerMonitor.do',
      access: 'write',
      run({ values }) {
        const group = groupOf({ values }, 'consumeGroupName');
        const config = { minCount: values.integer('minCount'), maxDiffTotal: values.integer('maxDiffTotal') };
        const all = configs();
        if (all.size >= MAX_GROUPS && !all.has(group)) return false;
        all.set(group, config);
        save();
        return true;
      },
    },
    {
      method: 'GET',
      path: '/monitor/consumerMonitorConfig.query',
      access: 'read',
      run: () => Object.fromEntries(configs()),
    },
    {
      method: 'GET',
      path: '/monitor/consumerMonitorConfigByGroupName.query',
      access: 'read',
      run: ({ values }) => configs().get(groupOf({ values }, 'consumeGroupName')) ?? null,
    },
    {
      method: 'POST',
      path: '/monitor/deleteConsumerMonitor.do',
      access: 'write',
      run({ values }) {
        configs().delete(groupOf({ values }, 'consumeGroupName'));
        save();
        return true;
      },
    },
  ];
}

/** A file that is not what it should be costs its limits, not the console. */
function readConfigs(disk: Disk, path: string, logger: Logger): Map<string, MonitorConfig> {
  try {
    const content = disk.readFile(path);
    const parsed = JSON.parse(content?.toString() ?? '{}') as Readonly<Record<string, Partial<MonitorConfig>>>;
    const limits = Object.entries(parsed).map(([group, each]) => [group, limitsOf(each)] as const);
    return new Map(limits.slice(0, MAX_GROUPS));
  } catch (error) {
    logger.warn('The limits of consumer groups can not be read: it begins without any', { path, error });
    return new Map();
  }
}

function limitsOf({ minCount = 0, maxDiffTotal = 0 }: Partial<MonitorConfig>): MonitorConfig {
  return { minCount, maxDiffTotal };
}
