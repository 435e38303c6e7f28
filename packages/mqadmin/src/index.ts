export { DIAGNOSES } from './command/doctor/diagnoses.ts';
export type { Command, CommandEntry } from './command/entry.ts';
export { COMMANDS } from './command/table.ts';
export * from './errors.ts';
export { COMMON_OPTIONS } from './options.ts';
export { FAILED } from './report.ts';
export { runMqadmin } from './run.ts';
