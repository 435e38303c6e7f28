import {
  type Clock,
  type Logger,
  type Metrics,
  type Network,
  parseEndpoint,
  type Service,
  systemErrorCode,
  type Timer,
} from '@rocketmq-ts/kernel';
import {
  addressBytes,
  encodeHaRuntimeInfo,
  GET_BROKER_HA_STATUS,
  RESET_MASTER_FLUSH_OFFSET,
  type StatsSpan,
} from '@rocketmq-ts/protocol';
import type { RemotingServer } from '@rocketmq-ts/remoting';
import {
  createHaClient,
  createHaService,
  type Following,
  type HaClient,
  type HaService,
} from '@rocketmq-ts/replication';
import type { MessageStore, ReplicationPromise } from '@rocketmq-ts/store';
import type { BrokerConfig } from '../config-table.ts';
import { BrokerError } from '../errors.ts';
import type { Feature } from '../feature.ts';
import type { BrokerRole } from '../role/broker-role.ts';
import { awaitedSlaves } from './awaited-slaves.ts';
import { divergedPeers, divergenceText, haStatus } from './ha-status.ts';
import { declareReplicationGauges } from './replication-gauges.ts';

export interface ReplicationParts {
  readonly clock: Clock;
  readonly network: Network;
  readonly logger: Logger;
  readonly config: BrokerConfig;
  readonly store: MessageStore;
  readonly role: BrokerRole;
  /** Lag and divergence are shown there. */
  readonly metrics: Metrics<StatsSpan>;
  /** Brokers of the replica group that are alive, this one included. */
  readonly aliveReplicas: () => number;
}

/** How late a change of properties, or of how far slaves are behind, may come into force. */
const SWEEP_MS = 1000;

/**
 * Replication as Apache's brokers do it by default: every broker has a replication port; a slave follows its master, and the
 * puts of a SYNC_MASTER wait for slaves.
 */
export class Replication implements Feature {
  readonly service: HaService;
  readonly client: HaClient<Following>;
  readonly #parts: ReplicationParts;
  #promise: ReplicationPromise | undefined;
  #timer: Timer | undefined;
  #isRunning = false;

  constructor(parts: ReplicationParts) {
    const { config, role } = parts;
    this.#parts = parts;
    const common = {
      ...{ clock: parts.clock, network: parts.network, store: parts.store, config },
      ...{ logger: parts.logger.named('replication'), fileSizeBytes: config.mappedFileSizeCommitLog },
    };
    this.service = createHaService({
      ...common,
      host: config.bindAddress,
      port: config.haListenPort,
      onAcks: () => this.#follow(),
    });
    // The work of a master would be cut off as well.
    const mayTruncate = (): boolean => config.slaveTruncateOnDivergence && role.isSlave && !role.isOnDuty;
    this.client = createHaClient({ ...common, mayTruncate });
    declareReplicationGauges(parts.metrics, {
      endOffset: () => parts.store.facts.appendOffset,
      slaves: () => (role.isSlave ? [] : this.service.slaves),
      divergedPeers: () => divergedPeers({ service: this.service, client: this.client, isSlave: role.isSlave }),
    });
    role.onChange(() => this.#roleChanged());
  }

  serve(server: RemotingServer): void {
    server.handle(GET_BROKER_HA_STATUS, (call) => call.answer({}, { body: encodeHaRuntimeInfo(this.#status()) }));
    serveMasterFlushOffset(server, this.#parts);
  }

  #status() {
    const { clock, config, role, store } = this.#parts;
    const { service, client } = this;
    return haStatus({ clock, config, isSlave: role.isSlave, facts: store.facts, service, client });
  }

  /** Whose log has diverged from whose, and why; undefined when none has. */
  get divergence(): string | undefined {
    return divergenceText({ service: this.service, client: this.client, isSlave: this.#parts.role.isSlave });
  }

  /** Of a slave: its log is continued by its master's, or both are empty. */
  get hearsMaster(): boolean {
    return this.client.link?.conversation.hearsMaster === true;
  }

  /** A slave on this host follows this log; where the host is a name, any slave. */
  isFollowedFrom(host: string): boolean {
    const hosts = this.service.slaves.map(({ address }) => parseEndpoint(address)?.host);
    return hosts.some((each) => each === host || addressBytes(host) === undefined);
  }

  async start(): Promise<void> {
    this.#isRunning = true;
    this.#roleChanged();
    await listen(this.service, this.#parts.config.haListenPort);
    this.client.start();
    this.#timer = this.#parts.clock.every(SWEEP_MS, () => this.#roleChanged());
  }

  async stop(): Promise<void> {
    this.#isRunning = false;
    this.#timer?.cancel();
    await this.client.stop();
    await this.service.stop();
  }

  #roleChanged(): void {
    if (!this.#isRunning) return;
    this.client.follow(this.#parts.role.masterHaAddress);
    this.#follow();
  }

  /** Puts wait for what the role, the properties and the slaves say now; those that slaves hold are answered. */
  #follow(): void {
    const { store, role, config, aliveReplicas } = this.#parts;
    const { promise, slaves } = awaitedSlaves({
      ...{ role: role.role, config, service: this.service, endOffset: store.facts.appendOffset },
      aliveReplicas: aliveReplicas(),
    });
    if (!isSame(promise, this.#promise)) {
      this.#promise = promise;
      store.promise(promise);
    }
    if (slaves > 0) store.replicatedTo(this.service.acks.heldBy(slaves));
  }
}

/** Only slaves act on it; a master accepts it and does nothing. Source: AdminBrokerProcessor#resetMasterFlushOffset. */
export function serveMasterFlushOffset(
  server: RemotingServer,
  { role, store }: Pick<ReplicationParts, 'role' | 'store'>,
): void {
  server.handle(RESET_MASTER_FLUSH_OFFSET, (call) => {
    if (role.isSlave) store.keepMasterFlushedOffset(call.header.masterFlushOffset);
    call.answer({});
  });
}

function isSame(a: ReplicationPromise, b: ReplicationPromise | undefined): boolean {
  return b !== undefined && a.acknowledge === b.acknowledge && a.refusal === b.refusal && a.because === b.because;
}

/** Rejects with `PORT_IN_USE` when the replication port is not free. */
export async function listen(service: Pick<Service, 'start'>, port: number): Promise<void> {
  try {
    await service.start();
  } catch (error) {
    const code = systemErrorCode(error);
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error;
    const problem = code === 'EACCES' ? 'may not be opened by this user' : 'is in use by another process';
    throw new BrokerError(
      'PORT_IN_USE',
      `the replication port ${port} ${problem}: set haListenPort, or listenPort one below a free port, in the file given with -c`,
      { cause: error },
    );
  }
}
