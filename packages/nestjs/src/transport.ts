/**
 * The transport id of `RocketmqServer`: in an application with several microservices a handler that names it
 * (`@EventPattern('Orders', ROCKETMQ_TRANSPORT)`) is served over RocketMQ only.
 */
export const ROCKETMQ_TRANSPORT: unique symbol = Symbol.for('rocketmq-ts.ROCKETMQ_TRANSPORT');

/** What `status` of a server or a client emits. */
export type RocketmqStatus = 'connected' | 'closed';
