import {
  configTable,
  flagProperty,
  integerProperty,
  logProperties,
  optionalTextProperty,
  textProperty,
  whyNotHost,
} from '@rocketmq-ts/kernel';

/** Why properties of Apache's thread pools change nothing. */
export const ONE_EVENT_LOOP = 'one event loop serves everything here';

/** What name server and controller have in common: for the tables of both, beside `listenPort`. Source: NettyServerConfig. */
export const serverProperties = configTable({
  bindAddress: textProperty('0.0.0.0', {
    meaning: 'Address to listen on; 0.0.0.0 and :: take every address, of both families',
    allowed: 'an address of this machine',
    whyNot: whyNotHost,
  }),
  healthPort: integerProperty(0, {
    meaning: 'Port of the HTTP pages /livez and /readyz, at bindAddress; 0: none',
    min: 0,
    max: 65535,
    unlisted: true,
  }),
  ...logProperties,
  rocketmqHome: optionalTextProperty({ meaning: 'Installation root', important: true }),
  serverChannelMaxIdleTimeSeconds: integerProperty(120, {
    meaning: 'A connection without a byte for so long is closed',
    unit: 's',
    min: 1,
    change: 'live',
  }),
  serverWorkerThreads: integerProperty(8, { meaning: ONE_EVENT_LOOP, idle: true }),
  serverCallbackExecutorThreads: integerProperty(0, { meaning: ONE_EVENT_LOOP, idle: true }),
  serverSelectorThreads: integerProperty(3, { meaning: ONE_EVENT_LOOP, idle: true }),
  serverOnewaySemaphoreValue: integerProperty(256, { meaning: ONE_EVENT_LOOP, idle: true }),
  serverAsyncSemaphoreValue: integerProperty(64, { meaning: ONE_EVENT_LOOP, idle: true }),
  serverSocketSndBufSize: integerProperty(0, { meaning: ONE_EVENT_LOOP, idle: true }),
  serverSocketRcvBufSize: integerProperty(0, { meaning: ONE_EVENT_LOOP, idle: true }),
  serverSocketBacklog: integerProperty(1024, { meaning: ONE_EVENT_LOOP, idle: true }),
  writeBufferHighWaterMark: integerProperty(0, { meaning: ONE_EVENT_LOOP, idle: true }),
  writeBufferLowWaterMark: integerProperty(0, { meaning: ONE_EVENT_LOOP, idle: true }),
  serverNettyWorkerGroupEnable: flagProperty(true, { meaning: ONE_EVENT_LOOP, idle: true }),
  serverPooledByteBufAllocatorEnable: flagProperty(true, { meaning: ONE_EVENT_LOOP, idle: true }),
  useEpollNativeSelector: flagProperty(false, { meaning: ONE_EVENT_LOOP, idle: true }),
});
