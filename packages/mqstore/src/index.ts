export * from './errors.ts';
export { type MqstoreIo, runMqstore } from './run.ts';
