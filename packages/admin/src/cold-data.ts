import {
  formatProperties,
  GET_COLD_DATA_FLOW_CTR_INFO,
  REMOVE_COLD_DATA_FLOW_CTR_CONFIG,
  SET_COMMITLOG_READ_MODE,
  UPDATE_COLD_DATA_FLOW_CTR_CONFIG,
} from '@rocketmq-ts/protocol';
import type { Wire } from './wire.ts';

/** How much groups may read of messages that are too old for the memory of the broker's machine. */
export interface ColdDataOperations {
  /** Limits and what was read, in JSON as the broker wrote it; undefined when it wrote nothing. */
  coldDataFlowControl(address: string): Promise<string | undefined>;
  /** Group to bytes a round of five seconds. A broker may pass over values that are no whole number, as Apache's does. */
  updateColdDataFlowControl(address: string, thresholds: ReadonlyMap<string, string>): Promise<void>;
  /** The group has the broker's own limit again. */
  removeColdDataFlowControl(address: string, group: string): Promise<void>;
  /** `0` normal, `1` random. Resolves to the broker's words; undefined for none. */
  setCommitLogReadAheadMode(address: string, mode: string): Promise<string | undefined>;
}

/** `ColdDataOperations` over the wire. */
export function coldDataOperations(wire: Wire): ColdDataOperations {
  return {
    async coldDataFlowControl(address) {
      const { body } = await wire.broker(address, GET_COLD_DATA_FLOW_CTR_INFO, {});
      return body.length === 0 ? undefined : body.toString('utf8');
    },
    async updateColdDataFlowControl(address, thresholds) {
      const body = Buffer.from(formatProperties(thresholds));
      await wire.broker(address, UPDATE_COLD_DATA_FLOW_CTR_CONFIG, {}, { body });
    },
    async removeColdDataFlowControl(address, group) {
      await wire.broker(address, REMOVE_COLD_DATA_FLOW_CTR_CONFIG, {}, { body: Buffer.from(group) });
    },
    async setCommitLogReadAheadMode(address, readAheadMode) {
      return (await wire.broker(address, SET_COMMITLOG_READ_MODE, { readAheadMode })).remark || undefined;
    },
  };
}
