import {
  type Clock,
  type Connection,
  type Listener,
  type Logger,
  type Network,
  RepeatedLines,
  type Service,
  type Timer,
} from '@rocketmq-ts/kernel';
import type { MessageStore } from '@rocketmq-ts/store';
import type { HaServiceConfig, SlaveInfo } from '../master/ha-service.ts';
import type { Epochs } from './epoch-file.ts';
import { heldByCount, heldByMembers, InSyncSet } from './in-sync-set.ts';
import { SlavePeer } from './slave-peer.ts';

const SWEEP_MS = 1000;
/** What is confirmed is sent to slaves with the next bytes; where none follow, in a frame of its own so long after it grew. */
const CONFIRM_DELAY_MS = 20;
/** Connections at the replication port; one more is closed at once. */
const MOST_CONNECTIONS = 64;

/** Properties that may change while it runs. */
export interface AutoSwitchConfig extends HaServiceConfig {
  /** A member that has not had everything for so long leaves the in-sync set. */
  readonly haMaxTimeSlaveNotCatchup: number;
  /** Replicas that a put waits for, the master included. */
  readonly inSyncReplicas: number;
  /** A put waits for every member of the in-sync set, and for `inSyncReplicas` not. */
  readonly allAckInSyncStateSet: boolean;
}

export interface AutoSwitchMasterParts {
  readonly clock: Clock;
  readonly network: Network;
  readonly logger: Logger;
  readonly store: Pick<MessageStore, 'facts' | 'readLog' | 'onLogGrowth'>;
  readonly config: AutoSwitchConfig;
  readonly epochs: Epochs;
  readonly host: string;
  readonly port: number;
  /** Size of the files of the commit log. */
  readonly fileSizeBytes: number;
  /** `confirmOffset` or `acknowledgedOffset` has grown, or the size of the in-sync set has changed. */
  readonly onProgress: () => void;
  /** The in-sync set should be another one, `wantedSet`: the controller is to be asked. */
  readonly onWish: () => void;
}

/** A slave as its master sees it, with the id that the controller gave it. */
export interface PeerInfo extends SlaveInfo {
  readonly brokerId: number;
  readonly inSync: boolean;
}

/**
 * The replication port of a broker in controller mode. While this broker is master it sends its log, knows what each slave has, and
 * says who should be in the in-sync set; the controller decides. Source: AutoSwitchHAService.
 */
export class AutoSwitchMaster implements Service {
  readonly set = new InSyncSet();
  readonly #parts: AutoSwitchMasterParts;
  readonly #peers = new Set<SlavePeer>();
  readonly #lines: RepeatedLines;
  /** By id, when a slave had everything last; monotonic. */
  readonly #caughtUpMs = new Map<number, number>();
  #localId: number | undefined;
  #listener: Listener | undefined;
  #timer: Timer | undefined;
  #confirmTimer: Timer | undefined;
  #confirmOffset = 0;
  /** Slaves that have followed since this broker leads: what they have is from this log. */
  readonly #followers = new Set<number>();
  #certainOffset = 0;
  #isStopped = false;

  constructor(parts: AutoSwitchMasterParts) {
    this.#parts = parts;
    this.#lines = new RepeatedLines(parts.logger);
    parts.store.onLogGrowth(() => this.#grown());
  }

  /** Rejects with the system's error when the port can't be listened on. */
  async start(): Promise<void> {
    const { network, host, port, clock } = this.#parts;
    this.#listener = await network.listen({ host, port }, (connection) => this.#accept(connection));
    this.#timer = clock.every(SWEEP_MS, () => this.#sweep());
  }

  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#confirmTimer?.cancel();
    this.endMaster('this broker stops');
    this.#lines.flush(this.#parts.clock.monotonicMs());
    await this.#listener?.close();
  }

  get isMaster(): boolean {
    return this.#localId !== undefined;
  }

  /** This broker is the master from now on, with its id at the controller; what it has confirmed so far stays so. */
  beginMaster(localId: number, ids: Iterable<number>, confirmOffset: number): void {
    this.#localId = localId;
    this.#followers.clear();
    this.#certainOffset = this.#parts.epochs.certainEnd(this.#parts.store.facts.appendOffset);
    this.#confirmOffset = confirmOffset;
    this.#caughtUpMs.clear();
    this.setInSync(ids);
  }

  endMaster(sentence: string): void {
    this.#localId = undefined;
    this.set.set([]);
    for (const peer of [...this.#peers]) peer.close(sentence);
  }

  /** The controller has said who is in the set. */
  setInSync(ids: Iterable<number>): void {
    this.set.set(ids);
    this.#progress();
  }

  /** The controller is asked for this set; until it answers, members of both count. */
  askInSync(ids: Iterable<number>): void {
    this.set.ask(ids);
    this.#progress();
  }

  /** A new epoch of the same master: connected slaves learn of it at once. */
  epochBegan(): void {
    for (const peer of this.#peers) this.#sendEmpty(peer);
  }

  /** Everything below it is held by every member of the in-sync set. Never goes back while this broker is master. */
  get confirmOffset(): number {
    return this.#confirmOffset;
  }

  /** Puts that end below it are acknowledged: it is confirmed, and as many replicas have it as are asked for. */
  get acknowledgedOffset(): number {
    const { config, store } = this.#parts;
    if (config.allAckInSyncStateSet) return this.#confirmOffset;
    const held = heldByCount(config.inSyncReplicas, store.facts.writtenOffset, this.#replicas());
    return Math.min(this.#confirmOffset, held);
  }

  /** Slaves that have reported. */
  get slaves(): readonly PeerInfo[] {
    return [...this.#peers]
      .filter(({ state }) => state === 'TRANSFER')
      .map(({ address, ackOffset = 0, sender, brokerId = 0 }) => ({
        ...{ address, ackOffset, brokerId, nextOffset: sender.nextOffset, bytesPerSecond: sender.bytesPerSecond },
        inSync: this.set.ids.has(brokerId),
      }));
  }

  /**
   * The set as it should be, where that is another one: without members that are not connected, or have not had everything for
   * `haMaxTimeSlaveNotCatchup`, and with slaves that have all that is confirmed and the beginning of this epoch. Undefined when
   * it is as it should be. Source: AutoSwitchHAService#maybeShrinkSyncStateSet, #maybeExpandInSyncStateSet.
   */
  wantedSet(): readonly number[] | undefined {
    if (this.#localId === undefined) return undefined;
    const wanted = new Set([this.#localId]);
    for (const id of this.set.ids) if (this.#mayStay(id)) wanted.add(id);
    const { ids } = this.set;
    // A member that lags holds all that is confirmed, since nothing is without it: that alone does not let it stay.
    for (const peer of this.#peers) if (!ids.has(peer.brokerId!) && this.#mayJoin(peer)) wanted.add(peer.brokerId!);
    return wanted.size === ids.size && [...wanted].every((id) => ids.has(id))
      ? undefined
      : [...wanted].sort((a, b) => a - b);
  }

  #mayStay(id: number): boolean {
    const { clock, config } = this.#parts;
    const sinceMs = this.#caughtUpMs.get(id);
    return sinceMs !== undefined && clock.monotonicMs() - sinceMs <= config.haMaxTimeSlaveNotCatchup;
  }

  #mayJoin({ brokerId, isLearner, ackOffset }: SlavePeer): boolean {
    if (brokerId === undefined || isLearner || ackOffset === undefined || !this.#caughtUpMs.has(brokerId)) return false;
    return ackOffset >= this.#confirmOffset && ackOffset >= (this.#parts.epochs.list.last?.startOffset ?? 0);
  }

  #replicas(): readonly { brokerId: number; isLearner: boolean; ackOffset: number | undefined }[] {
    return [...this.#peers].map(({ brokerId = -1, isLearner, ackOffset }) => ({ brokerId, isLearner, ackOffset }));
  }

  #accept(connection: Connection): void {
    const { clock, config, store, epochs, fileSizeBytes } = this.#parts;
    if (!this.isMaster || this.#peers.size >= MOST_CONNECTIONS) return connection.destroy();
    this.#peers.add(
      new SlavePeer({
        ...{ clock, config, store, epochs, connection, fileSizeBytes },
        confirmOffset: () => this.#confirmOffset,
        certainEnd: (id) => this.#certainEnd(id),
        onHandshake: (peer) => this.#greeted(peer),
        onReport: (peer) => this.#reported(peer),
        onClose: (peer, sentence) => this.#closed(peer, sentence),
      }),
    );
  }

  /** A slave that has connected anew is the one that counts. */
  #greeted(peer: SlavePeer): void {
    for (const other of [...this.#peers])
      if (other !== peer && other.brokerId === peer.brokerId) other.close('this slave has connected anew');
    const { address, brokerId, isLearner } = peer;
    this.#parts.logger.info('a slave has connected', { slave: address, brokerId, isLearner });
  }

  #certainEnd(brokerId: number): number {
    const { writtenOffset } = this.#parts.store.facts;
    return this.#followers.has(brokerId) ? writtenOffset : Math.min(writtenOffset, this.#certainOffset);
  }

  #reported(peer: SlavePeer): void {
    this.#followers.add(peer.brokerId!);
    this.#seeCaughtUp(peer);
    this.#progress();
    if (this.isMaster && !this.set.possible.has(peer.brokerId!) && this.#mayJoin(peer)) this.#parts.onWish();
  }

  #seeCaughtUp(peer: SlavePeer): void {
    const caughtUpMs = peer.caughtUpMs(this.#parts.clock.monotonicMs());
    const id = peer.brokerId!;
    if (caughtUpMs !== undefined) this.#caughtUpMs.set(id, Math.max(caughtUpMs, this.#caughtUpMs.get(id) ?? 0));
  }

  #closed(peer: SlavePeer, sentence: string): void {
    const { logger, clock, onWish } = this.#parts;
    this.#peers.delete(peer);
    const { address, brokerId, ackOffset } = peer;
    if (brokerId === undefined) {
      const line = 'a connection to the replication port is closed: it is no slave';
      return this.#lines.log(`foreign ${address}`, clock.monotonicMs(), 'warn', line, {
        peer: address,
        because: sentence,
      });
    }
    logger.info('a slave is gone', { slave: address, brokerId, because: sentence, ackOffset });
    const isBack = [...this.#peers].some((other) => other.brokerId === brokerId);
    if (!this.isMaster || isBack) return;
    this.#caughtUpMs.delete(brokerId);
    if (this.set.ids.has(brokerId)) onWish();
  }

  #grown(): void {
    if (!this.isMaster) return;
    for (const { sender } of this.#peers) sender.advance();
    this.#progress();
  }

  /** What is held by all may have grown. */
  #progress(): void {
    if (this.#localId === undefined) return;
    const { writtenOffset } = this.#parts.store.facts;
    const held = heldByMembers(this.set.possible, this.#localId, writtenOffset, this.#replicas());
    if (held !== undefined && held > this.#confirmOffset) {
      this.#confirmOffset = held;
      if (this.#peers.size > 0)
        this.#confirmTimer ??= this.#parts.clock.after(CONFIRM_DELAY_MS, () => this.#tellConfirmed());
    }
    this.#parts.onProgress();
  }

  #tellConfirmed(): void {
    this.#confirmTimer = undefined;
    for (const peer of this.#peers) if (peer.lacksConfirm) this.#sendEmpty(peer);
  }

  /** Bytes that are to be sent have the same fields. */
  #sendEmpty({ state, sender, pendingBytes }: SlavePeer): void {
    if (state === 'TRANSFER' && pendingBytes === 0 && sender.nextOffset >= this.#parts.store.facts.writtenOffset)
      sender.sendHeartbeat();
  }

  #sweep(): void {
    const { clock, config, epochs, store } = this.#parts;
    const nowMs = clock.monotonicMs();
    this.#lines.sweep(nowMs);
    epochs.beginAt(store.facts.minOffset);
    for (const peer of [...this.#peers]) {
      const { sender } = peer;
      sender.sweep(nowMs);
      if (peer.state === 'TRANSFER') this.#seeCaughtUp(peer);
      const silentMs = nowMs - peer.lastReadMs;
      if (silentMs > config.haHousekeepingInterval) peer.close(`nothing came from it for ${Math.round(silentMs)} ms`);
      else if (peer.pendingBytes > 0 && nowMs - sender.lastSentMs > config.haHousekeepingInterval)
        peer.close(`it has taken nothing for ${Math.round(nowMs - sender.lastSentMs)} ms`);
      else if (
        sender.hasBegun &&
        peer.pendingBytes === 0 &&
        nowMs - sender.lastSentMs >= config.haSendHeartbeatInterval
      )
        sender.sendHeartbeat();
    }
  }
}
