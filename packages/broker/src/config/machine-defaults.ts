import type { BrokerConfig } from '../config-table.ts';

/**
 * Sizes of pools as Apache's broker lists them on a machine with so many processors: its dashboards show them. Nothing here
 * depends on them. Source: BrokerConfig, NettyClientConfig.
 */
export function machineDefaults(processors: number): Partial<BrokerConfig> {
  const sendThreads = Math.min(processors, 4);
  return {
    sendMessageThreadPoolNums: sendThreads,
    putMessageFutureThreadPoolNums: sendThreads,
    pullMessageThreadPoolNums: 16 + processors * 2,
    litePullMessageThreadPoolNums: 16 + processors * 2,
    processReplyMessageThreadPoolNums: 16 + processors * 2,
    queryMessageThreadPoolNums: 8 + processors,
    heartbeatThreadPoolNums: Math.min(32, processors),
    endTransactionThreadPoolNums: Math.max(8 + processors * 2, sendThreads * 4),
    clientCallbackExecutorThreads: processors,
  };
}
