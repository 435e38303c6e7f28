import {
  type Logger,
  nodePlatform,
  type Platform,
  type Service,
  silentLogger,
  type TlsClientOptions,
} from '@rocketmq-ts/kernel';
import {
  type AddressServer,
  type Credentials,
  createRemotingClient,
  NameServerList,
  type RemotingClient,
  signingHook,
} from '@rocketmq-ts/remoting';
import { type AccountOperations, accountOperations } from './account.ts';
import { type BrokerViewOperations, brokerViewOperations } from './broker-view.ts';
import { type CleanUpOperations, cleanUpOperations } from './clean-up.ts';
import { type ClusterOperations, clusterOperations } from './cluster.ts';
import { type ColdDataOperations, coldDataOperations } from './cold-data.ts';
import { type ConfigOperations, configOperations } from './config.ts';
import { type ControllerOperations, controllerOperations } from './controller.ts';
import { type EngineOperations, engineOperations } from './engine.ts';
import { type FigureOperations, figureOperations } from './figures.ts';
import { type GroupOperations, groupOperations } from './group.ts';
import { type MessageOperations, messageOperations } from './message.ts';
import { type MessageReadOperations, messageReadOperations } from './message-reads.ts';
import { type TrackOperations, trackOperations } from './message-track.ts';
import { type OffsetOperations, offsetOperations } from './offset.ts';
import { OffsetMoves, type WatchOperations } from './offset-moves.ts';
import { type SendOperations, sendOperations } from './send-message.ts';
import { type StaticTopicOperations, staticTopicOperations } from './static-topic/operations.ts';
import { type StatisticsOperations, statisticsOperations } from './statistics.ts';
import { type TimerOperations, timerOperations } from './timers.ts';
import { type TopicOperations, topicOperations } from './topic.ts';
import { type ReadOperations, readOperations } from './topic-reader.ts';
import { type TransactionOperations, transactionOperations } from './transaction.ts';
import { createWire } from './wire.ts';

/** What `createAdmin` takes. */
export interface AdminOptions {
  /** `host:port` each. */
  readonly namesrvAddresses: readonly string[];
  /** Default: this machine. */
  readonly platform?: Pick<Platform, 'clock' | 'network' | 'random'> | undefined;
  /** Of connections and name servers. Default: nothing is logged; what fails is in the error. */
  readonly logger?: Logger | undefined;
  /** Asked at the start while there are none. */
  readonly addressServer?: AddressServer | undefined;
  /** Absent: requests are not signed. */
  readonly credentials?: Credentials | undefined;
  /** Default: plain text. */
  readonly tls?: TlsClientOptions | undefined;
  /** How long an answer is awaited, unless the operation has a wait of its own. Default 5,000. */
  readonly timeoutMs?: number | undefined;
}

/** How often the address server is asked. Source: MQClientInstance#startScheduledTask. */
const REFRESH_MS = 120_000;

/** Operations on a cluster. Every one rejects with an `AdminError`. */
export interface Admin
  extends AsyncDisposable,
    Service,
    ClusterOperations,
    TopicOperations,
    GroupOperations,
    FigureOperations,
    OffsetOperations,
    ConfigOperations,
    CleanUpOperations,
    ControllerOperations,
    MessageOperations,
    MessageReadOperations,
    TimerOperations,
    ReadOperations,
    SendOperations,
    StatisticsOperations,
    TrackOperations,
    TransactionOperations,
    AccountOperations,
    ColdDataOperations,
    EngineOperations,
    StaticTopicOperations,
    WatchOperations,
    BrokerViewOperations {
  /** Those that are asked, in this order. */
  readonly namesrvAddresses: readonly string[];
}

/**
 * An admin of the cluster behind these name servers. Nothing is connected before the first operation.
 *
 * ```ts
 * await using admin = createAdmin({ namesrvAddresses: ['localhost:9876'] });
 * await admin.start();
 * console.log(await admin.fetchAllTopicList());
 * ```
 */
export function createAdmin(options: AdminOptions): Admin {
  const { platform = nodePlatform, logger = silentLogger } = options;
  const client: RemotingClient = createRemotingClient({
    platform,
    logger,
    ...(options.tls === undefined ? {} : { tls: options.tls }),
  });
  if (options.credentials !== undefined) client.addHook(signingHook(options.credentials));
  const nameServers = new NameServerList({
    ...{ platform, logger, configured: options.namesrvAddresses },
    ...{ addressServer: options.addressServer, lookUp: false, firstRefreshMs: REFRESH_MS, refreshMs: REFRESH_MS },
  });
  const wire = createWire(client, nameServers, options.timeoutMs);
  const cluster = clusterOperations(wire);
  const offsets = offsetOperations(wire, cluster);
  const sources = {
    ...cluster,
    ...topicOperations(wire, cluster),
    ...groupOperations(wire, cluster),
    ...offsets,
  };
  const moves = new OffsetMoves(() => ({
    ...{ namesrvAddr: nameServers.addresses, platform: { ...nodePlatform, ...platform }, logger },
    ...{ credentials: options.credentials, tls: options.tls },
  }));
  const stop = async (): Promise<void> => {
    await moves.stop();
    nameServers.stop();
    await client.stop();
  };
  return {
    get namesrvAddresses() {
      return nameServers.addresses;
    },
    async start() {
      await client.start();
      await nameServers.start();
    },
    stop,
    [Symbol.asyncDispose]: stop,
    ...sources,
    ...figureOperations(wire),
    ...configOperations(wire),
    ...cleanUpOperations(wire),
    ...controllerOperations(wire),
    ...messageReadOperations(wire),
    ...timerOperations(wire, cluster),
    ...messageOperations(wire, cluster),
    ...readOperations(wire, cluster, offsets),
    ...sendOperations(wire, cluster, platform),
    ...statisticsOperations(wire),
    ...trackOperations(sources),
    ...transactionOperations(wire),
    ...accountOperations(wire),
    ...coldDataOperations(wire),
    ...engineOperations(wire),
    ...staticTopicOperations(wire, { clock: platform.clock, random: platform.random, cluster, topics: sources }),
    watchOffsetMoves: moves.watchOffsetMoves,
    ...brokerViewOperations(wire),
  };
}
