import { controllerConfigTable, createController, readPeers } from '@rocketmq-ts/controller';
import { LiveConfig, readConfig } from '@rocketmq-ts/kernel';
import { makeBroker, makeNameServer } from '@rocketmq-ts/testing/simulated';
import { STORE_ROOT } from '../broker-simulation/broker-machine.ts';
import type { SimulatedEtcd } from '../etcd/index.ts';
import type { SimulatedEnvironment } from '../platform.ts';
import { type ClusterLogLine, processLogger } from './logs.ts';
import { ClusterServer, type CreateServer } from './server.ts';

const NAMESRV_PORT = 9876;
const BROKER_PORT = 10911;
const CONTROLLER_PORT = 9878;

/** Files small enough that a few hundred messages fill several. */
const SMALL_STORE: Readonly<Record<string, string>> = {
  storePathRootDir: STORE_ROOT,
  mappedFileSizeCommitLog: String(256 * 1024),
  mappedFileSizeConsumeQueue: '2000',
  maxMessageSize: '65536',
  maxHashSlotNum: '16',
  maxIndexNum: '60',
};

type Properties = Readonly<Record<string, string>>;

/** Makes the servers of a cluster, each on a machine of its own; starts none. */
export class ServerMaker {
  readonly #environment: SimulatedEnvironment;
  readonly #onLog: (line: ClusterLogLine) => void;

  constructor(environment: SimulatedEnvironment, onLog: (line: ClusterLogLine) => void) {
    this.#environment = environment;
    this.#onLog = onLog;
  }

  nameServer(name: string, properties: Properties): ClusterServer {
    const create: CreateServer = (process, all) =>
      makeNameServer(process.platform, processLogger(name, process, this.#onLog), all);
    return this.#server(name, NAMESRV_PORT, create, {
      kvConfigPath: '/namesrv/kvConfig.json',
      configStorePath: '/namesrv/namesrv.properties',
      ...properties,
    });
  }

  /** `properties` name its name servers. */
  broker(name: string, properties: Properties): ClusterServer {
    const create: CreateServer = (process, all) =>
      makeBroker(process.platform, processLogger(name, process, this.#onLog), name, all);
    return this.#server(name, BROKER_PORT, create, { ...SMALL_STORE, ...properties });
  }

  /** One of the controllers called `peers`. */
  controller(name: string, peers: readonly string[], etcd: SimulatedEtcd, properties: Properties): ClusterServer {
    const create: CreateServer = (process, all) => {
      const { config } = readConfig(controllerConfigTable, new Map(Object.entries(all)));
      const known = readPeers(config);
      if ('problem' in known) throw new RangeError(known.problem);
      const { clock } = process.platform;
      return createController({
        platform: process.platform,
        logger: processLogger(name, process, this.#onLog),
        config: new LiveConfig(controllerConfigTable, config),
        peers: known,
        localHost: name,
        connectEtcd: async () => etcd.connect(name, clock),
      });
    };
    return this.#server(name, CONTROLLER_PORT, create, {
      controllerDLegerPeers: peers.map((peer) => `${peer.replaceAll('-', '')}-${peer}:${CONTROLLER_PORT}`).join(';'),
      controllerDLegerSelfId: name.replaceAll('-', ''),
      configStorePath: '/controller/controller.properties',
      ...properties,
    });
  }

  #server(name: string, port: number, create: CreateServer, properties: Properties): ClusterServer {
    const say = (sentence: string): void => this.#onLog({ machine: name, level: 'info', sentence, fields: {} });
    return new ClusterServer(this.#environment, name, say, port, create, properties);
  }
}
