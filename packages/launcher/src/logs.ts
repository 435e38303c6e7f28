import { join } from 'node:path';
import type { FileLogger, LeveledLogger, LogFormat, Logger, LogRoute } from '@rocketmq-ts/kernel';
import { createLogDirectory, parseLogLevels } from '@rocketmq-ts/kernel';

const MIB = 1024 * 1024;
const route = (file: string, maxFiles: number, maxFileMib: number): LogRoute => {
  return { file: `${file}.log`, maxFiles, maxFileBytes: maxFileMib * MIB };
};

/**
 * File names, counts and sizes of Apache's log configurations. Source: rmq.broker.logback.xml, rmq.namesrv.logback.xml,
 * rmq.controller.logback.xml.
 */
const NAMESRV_ROUTES = { namesrv: route('namesrv', 5, 100), remoting: route('namesrv', 5, 100) };
const CONTROLLER_ROUTES = { controller: route('controller', 5, 100), remoting: route('controller', 5, 100) };
/** Source: logback.xml of Apache's dashboard. */
const DASHBOARD_ROUTES = {
  dashboard: route('rocketmq-dashboard', 10, 100),
  audit: route('rocketmq-dashboard-audit', 10, 100),
};
const BROKER_ROUTES = {
  broker: route('broker', 20, 128),
  store: route('store', 10, 128),
  // As Apache's, whose replication logs with its store.
  replication: route('store', 10, 128),
  storeerror: route('storeerror', 10, 100),
  remoting: route('remoting', 10, 100),
  transaction: route('transaction', 10, 100),
  filter: route('filter', 10, 100),
  protection: route('protection', 10, 100),
  watermark: route('watermark', 10, 100),
  lock: route('lock', 5, 100),
  stats: route('stats', 5, 100),
  pop: route('pop', 20, 128),
  broker_metrics: route('broker_metrics', 3, 512),
};

/** Loggers by name: the first part of a name is the file without `.log`. Those of no route go to `…_default.log`. */
const FOLDERS = {
  namesrv: { routes: { ...CONTROLLER_ROUTES, ...NAMESRV_ROUTES }, fallback: route('namesrv_default', 10, 100) },
  controller: { routes: CONTROLLER_ROUTES, fallback: route('controller_default', 5, 100) },
  broker: { routes: BROKER_ROUTES, fallback: route('broker_default', 10, 100) },
  standalone: {
    routes: { ...BROKER_ROUTES, ...DASHBOARD_ROUTES, namesrv: NAMESRV_ROUTES.namesrv },
    fallback: route('broker_default', 10, 100),
  },
  dashboard: { routes: DASHBOARD_ROUTES, fallback: DASHBOARD_ROUTES.dashboard },
  tools: { routes: { tools: route('tools', 5, 100) }, fallback: route('tools_default', 5, 100) },
} as const;

/** Where a program logs: `~/logs/rocketmqlogs`, and the console alone in `~/logs/dashboardlogs`. */
export function logDirectory(userHome: string, program?: keyof typeof FOLDERS): string {
  return join(userHome, 'logs', program === 'dashboard' ? 'dashboardlogs' : 'rocketmqlogs');
}

/** Opens the log files of a program; each file is made with its first line. */
export function openLogs(program: keyof typeof FOLDERS, userHome: string, logging?: LoggingConfig): FileLogger {
  const { routes, fallback } = FOLDERS[program];
  const directory = logDirectory(userHome, program);
  const levels = logging && parseLogLevels(logging.logLevel);
  return createLogDirectory({ directory, routes, fallback, levels, format: logging?.logFormat });
}

/** How a server logs, as its properties say. */
export interface LoggingConfig {
  readonly logLevel: string;
  readonly logFormat: LogFormat;
}

/** From now on the levels of a logger are those of a running configuration. */
export function followLevels(
  logger: Logger | LeveledLogger,
  config: { readonly values: Pick<LoggingConfig, 'logLevel'>; onUpdate(listener: () => void): void },
): void {
  if (!('setLevels' in logger)) return;
  let known = config.values.logLevel;
  config.onUpdate(() => {
    const { logLevel } = config.values;
    const levels = parseLogLevels(logLevel);
    if (logLevel === known || levels === undefined) return;
    known = logLevel;
    logger.setLevels(levels);
  });
}
