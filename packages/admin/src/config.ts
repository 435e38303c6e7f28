import {
  ADD_WRITE_PERM_OF_BROKER,
  DELETE_KV_CONFIG,
  formatProperties,
  GET_BROKER_CONFIG,
  GET_KV_CONFIG,
  GET_NAMESRV_CONFIG,
  PUT_KV_CONFIG,
  parseProperties,
  ResponseCode,
  UPDATE_BROKER_CONFIG,
  UPDATE_NAMESRV_CONFIG,
  WIPE_WRITE_PERM_OF_BROKER,
} from '@rocketmq-ts/protocol';
import type { Wire } from './wire.ts';

/** Settings of brokers and name servers, and what name servers keep for others. */
export interface ConfigOperations {
  /** All properties of a broker with their values. */
  brokerConfig(address: string): Promise<Map<string, string>>;
  /** Resolves to the broker's remark on changes that are not in force now; undefined when they are, and from Apache's brokers. */
  updateBrokerConfig(address: string, properties: ReadonlyMap<string, string>): Promise<string | undefined>;
  /** By name server, in the order configured. */
  nameServerConfig(): Promise<Map<string, Map<string, string>>>;
  /** Of one name server. */
  nameServerConfigOf(nameServer: string): Promise<Map<string, string>>;
  /** Of one name server. Resolves as `updateBrokerConfig`. */
  updateNameServerConfigOf(nameServer: string, properties: ReadonlyMap<string, string>): Promise<string | undefined>;
  /** Every name server. Resolves as `updateBrokerConfig`. */
  updateNameServerConfig(properties: ReadonlyMap<string, string>): Promise<string | undefined>;
  /** Sets a value on every name server. */
  putKvConfig(namespace: string, key: string, value: string): Promise<void>;
  /** Undefined when the key has no value. */
  kvConfig(namespace: string, key: string): Promise<string | undefined>;
  /** Removes a value from every name server. */
  deleteKvConfig(namespace: string, key: string): Promise<void>;
  /** Removes the write permission of a broker's topics on one name server; resolves to how many topics it had. */
  wipeWritePermission(nameServer: string, brokerName: string): Promise<number>;
  /** Undoes `wipeWritePermission` on one name server; gives how many topics it changed. */
  addWritePermission(nameServer: string, brokerName: string): Promise<number>;
}

function readProperties(body: Buffer): Map<string, string> {
  return parseProperties(body.toString('utf8'));
}

/** `ConfigOperations` over the wire. */
export function configOperations(wire: Wire): ConfigOperations {
  return {
    async brokerConfig(address) {
      return readProperties((await wire.broker(address, GET_BROKER_CONFIG, {})).body);
    },
    async updateBrokerConfig(address, properties) {
      const body = Buffer.from(formatProperties(properties));
      return (await wire.broker(address, UPDATE_BROKER_CONFIG, {}, { body })).remark || undefined;
    },
    async nameServerConfig() {
      const answers = await wire.everyNameServer(GET_NAMESRV_CONFIG, {});
      return new Map(answers.map(({ address, response }) => [address, readProperties(response.body)]));
    },
    async nameServerConfigOf(nameServer) {
      const [answer] = await wire.everyNameServer(GET_NAMESRV_CONFIG, {}, { addresses: [nameServer] });
      return readProperties(answer!.response.body);
    },
    async updateNameServerConfigOf(nameServer, properties) {
      const body = Buffer.from(formatProperties(properties));
      const options = { addresses: [nameServer], body };
      const [answer] = await wire.everyNameServer(UPDATE_NAMESRV_CONFIG, {}, options);
      return answer!.response.remark || undefined;
    },
    async updateNameServerConfig(properties) {
      const body = Buffer.from(formatProperties(properties));
      const answers = await wire.everyNameServer(UPDATE_NAMESRV_CONFIG, {}, { body });
      return answers.map(({ response }) => response.remark).find((remark) => remark) || undefined;
    },
    async putKvConfig(namespace, key, value) {
      await wire.everyNameServer(PUT_KV_CONFIG, { namespace, key, value });
    },
    async kvConfig(namespace, key) {
      const accept = [ResponseCode.QUERY_NOT_FOUND];
      const response = await wire.nameServer(GET_KV_CONFIG, { namespace, key }, { accept });
      return response.code === ResponseCode.SUCCESS ? response.header.value : undefined;
    },
    async deleteKvConfig(namespace, key) {
      await wire.everyNameServer(DELETE_KV_CONFIG, { namespace, key });
    },
    async wipeWritePermission(nameServer, brokerName) {
      const options = { addresses: [nameServer] };
      const [answer] = await wire.everyNameServer(WIPE_WRITE_PERM_OF_BROKER, { brokerName }, options);
      return answer!.response.header.wipeTopicCount;
    },
    async addWritePermission(nameServer, brokerName) {
      const options = { addresses: [nameServer] };
      const [answer] = await wire.everyNameServer(ADD_WRITE_PERM_OF_BROKER, { brokerName }, options);
      return answer!.response.header.addTopicCount;
    },
  };
}
