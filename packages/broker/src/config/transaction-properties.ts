import { configTable, flagProperty, integerProperty } from '@rocketmq-ts/kernel';
import { idleProperties } from './kinds.ts';

/** Transactional messages. Source: BrokerConfig. */
const served = configTable({
  rejectTransactionMessage: flagProperty(false, {
    meaning: 'half messages are refused',
    change: 'live',
  }),
  transactionTimeOut: integerProperty(6000, {
    meaning: 'age from which a transaction that is not ended is asked for',
    unit: 'ms',
    change: 'live',
  }),
  transactionCheckInterval: integerProperty(30_000, {
    meaning: 'between rounds in which producers are asked for their open transactions',
    unit: 'ms',
    min: 1,
    change: 'live',
  }),
  transactionCheckMax: integerProperty(15, {
    meaning: 'how often a transaction is asked for before it is moved to TRANS_CHECK_MAX_TIME_TOPIC',
    change: 'live',
  }),
  transactionOpBatchInterval: integerProperty(3000, {
    meaning: 'how long ends of transactions gather before they are stored as one op message',
    unit: 'ms',
    min: 1,
    change: 'live',
  }),
  transactionOpMsgMaxSize: integerProperty(4096, {
    meaning: 'size from which an op message is stored at once',
    unit: 'bytes',
    min: 1,
    max: 1_048_576,
    change: 'live',
  }),
  transactionMetricFlushInterval: integerProperty(10_000, {
    meaning: 'between saves of config/transactionMetrics',
    unit: 'ms',
    min: 100,
    change: 'live',
  }),
});

/** Source: BrokerConfig, MessageStoreConfig. */
const idle = idleProperties('transactions are ended and checked on the one loop of the broker; nothing to size', {
  endTransactionPoolQueueCapacity: 100_000,
  endTransactionThreadPoolNums: 12,
  transWriteOriginTransHalfEnable: true,
  waitTimeMillsInTransactionQueue: 3000,
});

export const transactionProperties = { ...served, ...idle };
