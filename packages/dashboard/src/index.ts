export type { ClusterSetting } from './clusters/registry.ts';
export { createDashboard, type Dashboard, type DashboardOptions } from './dashboard.ts';
export { ConsoleError, type ConsoleErrorCode, dashboardErrors } from './errors.ts';
export { type Gate, openGate, readOnlyGate, type User } from './http/gate.ts';
