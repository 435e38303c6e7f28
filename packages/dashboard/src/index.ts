export type { ClusterSetting } from './clusters/registry.ts';
export { createDashboard, type Dashboard, type DashboardOptions } from './dashboard.ts';
export { ConsoleError, type ConsoleErrorCode, dashboardErrors } from './errors.ts';
export { type DashboardSettings, readSettings } from './options/settings.ts';
export { collectOptions } from './options/sources.ts';
export { startOptions } from './options/start-options.ts';
export { dashboardConfigTable } from './options/table.ts';
export { optionsOfYaml } from './options/yaml-keys.ts';
export { hashPassword } from './session/password.ts';
