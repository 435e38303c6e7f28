export * from './errors.ts';
export { runMqadmin } from './run.ts';
