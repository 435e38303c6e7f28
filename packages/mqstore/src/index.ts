export * from './errors.ts';
export { type MqstoreIo, mqstoreHelp, runMqstore } from './run.ts';
