import {
  ADD_BROKER,
  CHECK_ROCKSDB_CQ_WRITE_PROGRESS,
  type CheckRocksdbCqWriteResult,
  decodeCheckRocksdbCqWriteResult,
  EXPORT_ROCKSDB_CONFIG_TO_JSON,
  POP_ROLLBACK,
  REMOVE_BROKER,
  SWITCH_TIMER_ENGINE,
} from '@rocketmq-ts/protocol';
import type { Wire } from './wire.ts';

/** What a broker keeps its data in, and brokers inside a container. */
export interface EngineOperations {
  /** `R` the timeline in RocksDB, `F` the file of the timer wheel. */
  switchTimerEngine(address: string, engine: 'R' | 'F'): Promise<void>;
  /** Asks a broker to write tables that it has in RocksDB to its JSON files; one without RocksDB accepts it and has them there already. */
  exportRocksDbConfig(address: string, types: readonly string[]): Promise<void>;
  /** Asks a broker to compare its consume queues in RocksDB with those in files; the outcome is in its log. */
  checkRocksDbConsumeQueues(
    address: string,
    topic: string,
    checkStoreTimeMs: number,
  ): Promise<CheckRocksdbCqWriteResult>;
  /** Asks a broker to write what pop consumers hold from RocksDB to its commit log. */
  exportPopRecords(address: string): Promise<void>;
  /** `configPath`: a file on the machine of the container. */
  addBrokerToContainer(container: string, configPath: string): Promise<void>;
  removeBrokerFromContainer(container: string, cluster: string, brokerName: string, brokerId: number): Promise<void>;
}

/** A container starts or stops a whole broker. Source: DefaultMQAdminExtImpl#addBrokerToContainer. */
const CONTAINER_TIMEOUT_MS = 20_000;
/** Whole tables are written. Source: RocksDBConfigToJsonCommand, ExportPopRecordCommand. */
const EXPORT_TIMEOUT_MS = 30_000;

/** `EngineOperations` over the wire. */
export function engineOperations(wire: Wire): EngineOperations {
  return {
    async switchTimerEngine(address, engineType) {
      await wire.broker(address, SWITCH_TIMER_ENGINE, { engineType });
    },
    async exportRocksDbConfig(address, types) {
      const configType = types.map((type) => `${type};`).join('');
      await wire.broker(address, EXPORT_ROCKSDB_CONFIG_TO_JSON, { configType }, { timeoutMs: EXPORT_TIMEOUT_MS });
    },
    async checkRocksDbConsumeQueues(address, topic, checkStoreTime) {
      const { body } = await wire.broker(address, CHECK_ROCKSDB_CQ_WRITE_PROGRESS, { topic, checkStoreTime });
      return decodeCheckRocksdbCqWriteResult(body);
    },
    async exportPopRecords(address) {
      await wire.broker(address, POP_ROLLBACK, {}, { timeoutMs: EXPORT_TIMEOUT_MS });
    },
    async addBrokerToContainer(container, configPath) {
      await wire.broker(container, ADD_BROKER, { configPath }, { timeoutMs: CONTAINER_TIMEOUT_MS });
    },
    async removeBrokerFromContainer(container, brokerClusterName, brokerName, brokerId) {
      const header = { brokerClusterName, brokerName, brokerId };
      await wire.broker(container, REMOVE_BROKER, header, { timeoutMs: CONTAINER_TIMEOUT_MS });
    },
  };
}
