export * from './errors.ts';
export { type MqadminIo, runMqadmin } from './run.ts';
