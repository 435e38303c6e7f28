export { type BodyFormat, defaultBodyFormat, type EncodedBody } from './body-format.ts';
export { RocketmqClient } from './client.ts';
export { type Delivery, RocketmqContext } from './context.ts';
export { RocketmqRetryException } from './errors.ts';
export type { RocketmqClientOptions, RocketmqServerOptions } from './options.ts';
export type { RocketmqPattern } from './pattern.ts';
export { RocketmqRecord, type RocketmqRecordOptions } from './record.ts';
export { RocketmqServer, type RocketmqServerEvents } from './server.ts';
export { ROCKETMQ_TRANSPORT, type RocketmqStatus } from './transport.ts';
