import {
  encodeColdDataFlowCtrInfo,
  GET_COLD_DATA_FLOW_CTR_INFO,
  parseProperties,
  REMOVE_COLD_DATA_FLOW_CTR_CONFIG,
  ResponseCode,
  SET_COMMITLOG_READ_MODE,
  UPDATE_COLD_DATA_FLOW_CTR_CONFIG,
} from '@rocketmq-ts/protocol';
import type { Call, RemotingServer } from '@rocketmq-ts/remoting';
import { MAX_GROUPS } from '../cold-data/thresholds.ts';
import type { AdminParts } from './parts.ts';

type Parts = Pick<AdminParts, 'coldReads' | 'liveConfig'>;

/** Limits of reads of old messages. Source: AdminBrokerProcessor. */
export function serveColdDataRequests(server: RemotingServer, parts: Parts): void {
  const { thresholds } = parts.coldReads;
  server.handle(UPDATE_COLD_DATA_FLOW_CTR_CONFIG, (call) => {
    const wanted: [string, number][] = [];
    for (const [group, text] of parseProperties(call.body.toString('utf8'))) {
      const bytes = Number(text.trim());
      // Apache's broker passes over such a value, and answers success.
      if (!/^[+-]?\d+$/.test(text.trim()) || !Number.isSafeInteger(bytes)) {
        const remark = `the threshold "${text}" of group ${group} is not a whole number of bytes; nothing was changed`;
        return call.fail(ResponseCode.INVALID_PARAMETER, remark);
      }
      wanted.push([group, bytes]);
    }
    for (const [group, bytes] of wanted) {
      if (thresholds.set(group, bytes)) continue;
      return call.fail(ResponseCode.SYSTEM_ERROR, `${MAX_GROUPS} groups have thresholds already; remove some first`);
    }
    call.answer({});
  });
  server.handle(REMOVE_COLD_DATA_FLOW_CTR_CONFIG, (call) => {
    thresholds.remove(call.body.toString('utf8'));
    call.answer({});
  });
  server.handle(GET_COLD_DATA_FLOW_CTR_INFO, (call) => {
    call.answer({}, { body: encodeColdDataFlowCtrInfo(parts.coldReads.info) });
  });
  server.handle(SET_COMMITLOG_READ_MODE, (call) => setReadMode(parts, call));
}

/** The words of Apache's broker, which tools print; and that there is no more to it here. */
function setReadMode({ liveConfig }: Parts, call: Call<typeof SET_COMMITLOG_READ_MODE>): void {
  const { readAheadMode } = call.header;
  if (readAheadMode === undefined || !/^[+-]?\d+$/.test(readAheadMode)) {
    return call.fail(ResponseCode.SYSTEM_ERROR, 'set commitlog readahead mode failed');
  }
  const mode = Number(readAheadMode);
  if (mode !== 0 && mode !== 1) {
    return call.fail(ResponseCode.INVALID_PARAMETER, 'set commitlog readahead mode param value error');
  }
  liveConfig.update(new Map([['dataReadAheadEnable', String(mode === 0)]]));
  const remark = `set commitlog readahead mode success, mode: ${mode} (kept as dataReadAheadEnable; this broker reads by position, so nothing else changes)`;
  call.answer({}, { remark });
}
