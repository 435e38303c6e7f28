import { command, optional, str, wire } from './table.ts';

/** Body: properties text, group to bytes a round. Source: AdminBrokerProcessor#updateColdDataFlowCtrGroupConfig. */
export const UPDATE_COLD_DATA_FLOW_CTR_CONFIG = command(2001, 'UPDATE_COLD_DATA_FLOW_CTR_CONFIG', { request: {} });

/** Body: the name of a group. Source: AdminBrokerProcessor#removeColdDataFlowCtrGroupConfig. */
export const REMOVE_COLD_DATA_FLOW_CTR_CONFIG = command(2002, 'REMOVE_COLD_DATA_FLOW_CTR_CONFIG', { request: {} });

/** Answer: ColdDataFlowCtrInfo. Source: AdminBrokerProcessor#getColdDataFlowCtrInfo. */
export const GET_COLD_DATA_FLOW_CTR_INFO = command(2003, 'GET_COLD_DATA_FLOW_CTR_INFO', { request: {} });

/** `0` normal, `1` random. The remark of the answer says what was done. Source: AdminBrokerProcessor#setCommitLogReadaheadMode. */
export const SET_COMMITLOG_READ_MODE = command(2004, 'SET_COMMITLOG_READ_MODE', {
  request: { readAheadMode: wire('READ_AHEAD_MODE', optional(str())) },
});
