import { command, long, optional, str, wire } from './table.ts';

/** Body: properties text. Source: AdminBrokerProcessor#updateBrokerConfig. */
export const UPDATE_BROKER_CONFIG = command(25, 'UPDATE_BROKER_CONFIG', { request: {} });

/** Answer: properties text; `version` is a DataVersion in JSON. Source: GetBrokerConfigResponseHeader. */
export const GET_BROKER_CONFIG = command(26, 'GET_BROKER_CONFIG', { request: {}, response: { version: str() } });

/** Answer: KVTable. Source: AdminBrokerProcessor#getBrokerRuntimeInfo. */
export const GET_BROKER_RUNTIME_INFO = command(28, 'GET_BROKER_RUNTIME_INFO', { request: {} });

/** Removes files of consume queues that hold nothing any more. Source: AdminBrokerProcessor#cleanExpiredConsumeQueue. */
export const CLEAN_EXPIRED_CONSUMEQUEUE = command(306, 'CLEAN_EXPIRED_CONSUMEQUEUE', { request: {} });

/** Removes queues of topics that do not exist any more. Source: AdminBrokerProcessor#cleanUnusedTopic. */
export const CLEAN_UNUSED_TOPIC = command(316, 'CLEAN_UNUSED_TOPIC', { request: {} });

/** Removes commit log files that are past their time now. Source: AdminBrokerProcessor#deleteExpiredCommitLog. */
export const DELETE_EXPIRED_COMMITLOG = command(329, 'DELETE_EXPIRED_COMMITLOG', { request: {} });

/** One counter. Answer: BrokerStatsData. Source: ViewBrokerStatsDataRequestHeader. */
export const VIEW_BROKER_STATS_DATA = command(315, 'VIEW_BROKER_STATS_DATA', {
  request: { statsName: str(), statsKey: str() },
});

/** Slave to master, on port − 2: 56 bytes. Source: SlaveSynchronize#syncTimerCheckPoint. */
export const GET_TIMER_CHECK_POINT = command(60, 'GET_TIMER_CHECK_POINT', { request: {} });

/** Slave to master, on port − 2: JSON. Source: SlaveSynchronize#syncTimerMetrics. */
export const GET_TIMER_METRICS = command(61, 'GET_TIMER_METRICS', { request: {} });

/** Asks the master for its addresses, or reports them. Source: ExchangeHAInfoRequestHeader, ExchangeHAInfoResponseHeader. */
export const EXCHANGE_BROKER_HA_INFO = command(906, 'EXCHANGE_BROKER_HA_INFO', {
  request: {
    masterHaAddress: optional(str()),
    masterFlushOffset: optional(long()),
    masterAddress: optional(str()),
  },
  response: {
    masterHaAddress: optional(str()),
    masterFlushOffset: optional(long()),
    masterAddress: optional(str()),
  },
});

/** Answer: HARuntimeInfo. Source: AdminBrokerProcessor#getBrokerHaStatus. */
export const GET_BROKER_HA_STATUS = command(907, 'GET_BROKER_HA_STATUS', { request: {} });

/** Only slaves act on it. Source: ResetMasterFlushOffsetHeader. */
export const RESET_MASTER_FLUSH_OFFSET = command(908, 'RESET_MASTER_FLUSH_OFFSET', {
  request: { masterFlushOffset: long() },
});

/** `F` the file of the timer wheel, `R` the timeline in RocksDB. Source: AdminBrokerProcessor#switchTimerEngine. */
export const SWITCH_TIMER_ENGINE = command(5001, 'SWITCH_TIMER_ENGINE', {
  request: { engineType: wire('E_T', optional(str())) },
});
