export { type MqadminIo, runMqadmin } from './run.ts';
