import type { Service, Timer } from '@rocketmq-ts/kernel';
import { HaPort, type HaPortParts } from '../master/ha-port.ts';
import { type SlaveInfo, slaveInfo } from '../master/ha-service.ts';
import type { CloseReason, SlaveLink, SlaveLinkConfig } from '../master/slave-link.ts';
import type { Epochs } from './epoch-file.ts';
import { heldByCount, heldByMembers, InSyncSet } from './in-sync-set.ts';
import { SlavePeer } from './slave-peer.ts';

/** What is confirmed is sent to slaves with the next bytes; where none follow, in a frame of its own so long after it grew. */
const CONFIRM_DELAY_MS = 20;

/** Properties that may change while it runs. */
export interface AutoSwitchConfig extends SlaveLinkConfig {
  /** A member that has not had everything for so long leaves the in-sync set. */
  readonly haMaxTimeSlaveNotCatchup: number;
  /** Replicas that a put waits for, the master included. */
  readonly inSyncReplicas: number;
  /** A put waits for every member of the in-sync set, and for `inSyncReplicas` not. */
  readonly allAckInSyncStateSet: boolean;
}

export interface AutoSwitchMasterParts extends HaPortParts {
  readonly config: AutoSwitchConfig;
  readonly epochs: Epochs;
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
  readonly #port: HaPort<SlavePeer>;
  /** By id, when a slave had everything last; monotonic. */
  readonly #caughtUpMs = new Map<number, number>();
  #localId: number | undefined;
  #confirmTimer: Timer | undefined;
  #confirmOffset = 0;
  /** Slaves that have followed since this broker leads: what they have is from this log. */
  readonly #followers = new Set<number>();
  #certainOffset = 0;

  constructor(parts: AutoSwitchMasterParts) {
    this.#parts = parts;
    this.#port = new HaPort(parts, {
      isOpen: () => this.isMaster,
      converse: (link) => this.#converse(link),
      reported: (link) => this.#reported(link.conversation),
      closed: (link, reason, sentence) => this.#closed(link, reason, sentence),
      sweep: (nowMs) => this.#sweep(nowMs),
    });
    parts.store.onLogGrowth(() => this.#progress());
  }

  /** Rejects with the system's error when the port can't be listened on. */
  start(): Promise<void> {
    return this.#port.start();
  }

  async stop(): Promise<void> {
    this.#confirmTimer?.cancel();
    this.endMaster('this broker stops');
    await this.#port.stop();
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
    this.#port.closeAll(sentence);
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
    for (const peer of this.#peers) peer.sendEmpty();
  }

  /** Everything below it is held by every member of the in-sync set. Never goes back while this broker is master. */
  get confirmOffset(): number {
    return this.#confirmOffset;
  }

  /** Puts that end below it are acknowledged: it is confirmed, and as many replicas have it as are asked for. */
  get acknowledgedOffset(): number {
    const { config, store } = this.#parts;
    if (config.allAckInSyncStateSet) return this.#confirmOffset;
    const held = heldByCount(config.inSyncReplicas, store.facts.writtenOffset, this.#peers);
    return Math.min(this.#confirmOffset, held);
  }

  /** Slaves that have reported. */
  get slaves(): readonly PeerInfo[] {
    return this.#peers
      .filter(({ link }) => link.state === 'TRANSFER')
      .map(({ link, brokerId = 0 }) => ({ ...slaveInfo(link), brokerId, inSync: this.set.ids.has(brokerId) }));
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

  /** What is said over each connection to the port. */
  get #peers(): readonly SlavePeer[] {
    return Array.from(this.#port.links, ({ conversation }) => conversation);
  }

  #converse(link: SlaveLink): SlavePeer {
    const { clock, store, epochs, fileSizeBytes } = this.#parts;
    return new SlavePeer(link, {
      ...{ clock, store, epochs, fileSizeBytes },
      confirmOffset: () => this.#confirmOffset,
      certainEnd: (id) => this.#certainEnd(id),
      onHandshake: (peer) => this.#greeted(peer),
      onBegin: (peer) => this.#reported(peer),
    });
  }

  /** A slave that has connected anew is the one that counts. */
  #greeted(peer: SlavePeer): void {
    const { link, brokerId, isLearner } = peer;
    for (const other of this.#peers)
      if (other !== peer && other.brokerId === brokerId) other.link.close('STOPPED', 'this slave has connected anew');
    this.#parts.logger.info('a slave has connected', { slave: link.address, brokerId, isLearner });
  }

  #certainEnd(brokerId: number): number {
    const { writtenOffset } = this.#parts.store.facts;
    return this.#followers.has(brokerId) ? writtenOffset : Math.min(writtenOffset, this.#certainOffset);
  }

  #reported(peer: SlavePeer): void {
    this.#followers.add(peer.brokerId!);
    this.#seeCaughtUp(peer, this.#parts.clock.monotonicMs());
    this.#progress();
    if (this.isMaster && !this.set.possible.has(peer.brokerId!) && this.#mayJoin(peer)) this.#parts.onWish();
  }

  #seeCaughtUp(peer: SlavePeer, nowMs: number): void {
    const caughtUpMs = peer.caughtUpMs(nowMs);
    const id = peer.brokerId!;
    if (caughtUpMs !== undefined) this.#caughtUpMs.set(id, Math.max(caughtUpMs, this.#caughtUpMs.get(id) ?? 0));
  }

  #closed(link: SlaveLink<SlavePeer>, _reason: CloseReason | undefined, because: string): void {
    const { logger, onWish } = this.#parts;
    const { address: slave, conversation } = link;
    const { brokerId, ackOffset } = conversation;
    if (brokerId === undefined) return;
    logger.info('a slave is gone', { slave, brokerId, because, ackOffset });
    const isBack = this.#peers.some((other) => other.brokerId === brokerId);
    if (!this.isMaster || isBack) return;
    this.#caughtUpMs.delete(brokerId);
    if (this.set.ids.has(brokerId)) onWish();
  }

  /** What is held by all may have grown. */
  #progress(): void {
    if (this.#localId === undefined) return;
    const { writtenOffset } = this.#parts.store.facts;
    const held = heldByMembers(this.set.possible, this.#localId, writtenOffset, this.#peers);
    if (held !== undefined && held > this.#confirmOffset) {
      this.#confirmOffset = held;
      if (this.#port.links.size > 0)
        this.#confirmTimer ??= this.#parts.clock.after(CONFIRM_DELAY_MS, () => this.#sendConfirmed());
    }
    this.#parts.onProgress();
  }

  #sendConfirmed(): void {
    this.#confirmTimer = undefined;
    for (const peer of this.#peers) if (peer.lacksConfirm) peer.sendEmpty();
  }

  #sweep(nowMs: number): void {
    const { epochs, store } = this.#parts;
    epochs.beginAt(store.facts.minOffset);
    for (const peer of this.#peers) if (peer.link.state === 'TRANSFER') this.#seeCaughtUp(peer, nowMs);
  }
}
