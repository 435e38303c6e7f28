import { type Clock, type Connection, formatEndpoint, viewOf } from '@rocketmq-ts/kernel';
import type { MessageStore } from '@rocketmq-ts/store';
import { type FrameLayout, LogSender, type SenderConfig } from '../master/log-sender.ts';
import type { EpochList } from './epochs.ts';
import {
  encodeMasterHandshake,
  HaState,
  layOutTransferHeader,
  readSlaveHandshake,
  readSlaveReport,
  type SlaveHandshake,
  slaveFrameBytes,
  TRANSFER_HEADER_BYTES,
} from './frames.ts';

/** HANDSHAKE: it has not reported what it has. Source: HAConnectionState. */
export type PeerState = 'HANDSHAKE' | 'TRANSFER' | 'SHUTDOWN';

/** From each state, those that may follow. */
export const PEER_MOVES: Readonly<Record<PeerState, readonly PeerState[]>> = {
  HANDSHAKE: ['TRANSFER', 'SHUTDOWN'],
  TRANSFER: ['SHUTDOWN'],
  SHUTDOWN: [],
};

export interface SlavePeerParts {
  readonly clock: Clock;
  readonly config: SenderConfig;
  readonly store: Pick<MessageStore, 'facts' | 'readLog'>;
  readonly connection: Connection;
  readonly fileSizeBytes: number;
  readonly epochs: { readonly list: EpochList };
  readonly confirmOffset: () => number;
  /** The slave's log is certainly the same up to there, as far as its epochs say so; what it has behind it is cut off. */
  readonly certainEnd: (brokerId: number) => number;
  /** The slave has said who it is. */
  readonly onHandshake: (peer: SlavePeer) => void;
  /** It has reported what it has; the first time, or more. */
  readonly onReport: (peer: SlavePeer) => void;
  readonly onClose: (peer: SlavePeer, sentence: string) => void;
}

/**
 * A slave at its master: it says who it is, is given the epochs of this log, cuts its own log where they part, reports what it
 * has left, and is sent what follows. What it reports counts only within what this log has and what it was sent.
 * Source: AutoSwitchHAConnection.
 */
export class SlavePeer {
  readonly address: string;
  readonly sender: LogSender;
  readonly #parts: SlavePeerParts;
  #held: Buffer = Buffer.alloc(0);
  #state: PeerState = 'HANDSHAKE';
  #handshake: SlaveHandshake | undefined;
  /** Of the last report; undefined before the first one. */
  ackOffset: number | undefined;
  lastReadMs: number;
  /** End of the log when something was sent to it last, and when that was: what it reports later is measured by them. */
  #sentEnd = 0;
  #sentMs = 0;
  #confirmSent = -1;

  constructor(parts: SlavePeerParts) {
    const { clock, connection, config, store } = parts;
    this.#parts = parts;
    this.address = formatEndpoint(connection.remote);
    this.lastReadMs = clock.monotonicMs();
    const layout: FrameLayout = {
      headerBytes: TRANSFER_HEADER_BYTES,
      layOut: (bytes, at, offset, bodyBytes) => this.#layOut(bytes, at, offset, bodyBytes),
      // A frame has bytes of one epoch.
      endOfFrame: (offset) => parts.epochs.list.endAt(offset),
    };
    this.sender = new LogSender({
      ...{ clock, config, store, connection, layout },
      onFailed: (error) => this.close(`the log can't be read at offset ${this.sender.nextOffset}: ${error.message}`),
    });
    connection.setHandlers({
      onData: (chunk) => this.#onData(chunk),
      onDrain: () => this.sender.advance(),
      onClose: (error) => this.#ended(error?.message ?? 'the peer has closed it'),
    });
  }

  get state(): PeerState {
    return this.#state;
  }

  /** Undefined before it has said who it is. */
  get brokerId(): number | undefined {
    return this.#handshake?.brokerId;
  }

  get isLearner(): boolean {
    return this.#handshake?.asyncLearner === true;
  }

  get pendingBytes(): number {
    return this.#parts.connection.pendingBytes;
  }

  /** When it had all that there was: now, or when it was sent what it has. Undefined while it lags. Source: AutoSwitchHAConnection#maybeExpandInSyncStateSet. */
  caughtUpMs(nowMs: number): number | undefined {
    const { ackOffset } = this;
    if (ackOffset === undefined) return undefined;
    if (ackOffset >= this.#parts.store.facts.writtenOffset) return nowMs;
    return ackOffset >= this.#sentEnd ? this.#sentMs : undefined;
  }

  /** More of the log is confirmed than the last frame said. */
  get lacksConfirm(): boolean {
    return this.#state === 'TRANSFER' && this.#confirmSent < this.#parts.confirmOffset();
  }

  close(sentence: string): void {
    if (this.#state === 'SHUTDOWN') return;
    this.#parts.connection.destroy();
    this.#ended(sentence);
  }

  #ended(sentence: string): void {
    if (this.#state === 'SHUTDOWN') return;
    this.#moveTo('SHUTDOWN');
    this.sender.stop();
    this.#parts.onClose(this, sentence);
  }

  #moveTo(next: PeerState): void {
    if (!PEER_MOVES[this.#state].includes(next))
      throw new Error(`a slave's connection in ${this.#state} can't move to ${next}`);
    this.#state = next;
  }

  #onData(chunk: Buffer): void {
    this.lastReadMs = this.#parts.clock.monotonicMs();
    // Frames have 16 bytes at the most, so what is held is small.
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    const view = viewOf(bytes);
    let at = 0;
    try {
      while (this.#state !== 'SHUTDOWN') {
        const size = slaveFrameBytes(view, at, bytes.length - at);
        if (size === 0 || at + size > bytes.length) break;
        this.#take(view, at);
        at += size;
      }
    } catch (error) {
      return this.close(`it is no slave in controller mode: ${(error as Error).message}`);
    }
    this.#held = Buffer.from(bytes.subarray(at));
  }

  #take(view: DataView, at: number): void {
    if (view.getInt32(at) === HaState.HANDSHAKE) this.#greet(readSlaveHandshake(view, at));
    else this.#report(readSlaveReport(view, at));
  }

  /** Apache's slave repeats its handshake each 5 s until it is answered. */
  #greet(handshake: SlaveHandshake): void {
    if (this.#state !== 'HANDSHAKE') return this.close('it begins again in the middle');
    const { brokerId } = handshake;
    if (!(Number.isSafeInteger(brokerId) && brokerId > 0)) return this.close(`${brokerId} is no id of a broker`);
    if (this.#handshake !== undefined && this.#handshake.brokerId !== brokerId)
      return this.close(`it says that it is broker ${brokerId}, and was ${this.#handshake.brokerId}`);
    this.#handshake = handshake;
    this.#parts.onHandshake(this);
    const { epochs, connection, certainEnd } = this.#parts;
    const { list } = epochs;
    const endOffset = certainEnd(brokerId);
    const certain = list.entries.filter(({ startOffset }) => startOffset <= endOffset);
    connection.write(encodeMasterHandshake({ endOffset, lastEpoch: list.lastEpoch, epochs: certain }));
  }

  #report(offset: number): void {
    if (this.#handshake === undefined) return this.close('it reports before it has said who it is');
    if (this.#state === 'HANDSHAKE') this.#begin(offset);
    else if (offset < this.ackOffset!) return this.close(`it reports ${offset} after ${this.ackOffset}`);
    else if (offset > this.sender.nextOffset)
      return this.close(`it reports ${offset}, but was sent the log up to ${this.sender.nextOffset} only`);
    if (this.#state !== 'TRANSFER') return;
    this.ackOffset = offset;
    this.#parts.onReport(this);
  }

  /** An empty slave gets all that this log has, or its last file. Source: AutoSwitchHAConnection.AbstractWriteSocketService#run. */
  #begin(offset: number): void {
    const { store, fileSizeBytes, epochs } = this.#parts;
    const { minOffset, writtenOffset } = store.facts;
    const lastFile = Math.max(minOffset, writtenOffset - (writtenOffset % fileSizeBytes));
    const from = offset !== 0 ? offset : this.#handshake!.syncFromLastFile ? lastFile : minOffset;
    if (!(from >= minOffset && from <= writtenOffset)) {
      return this.close(`its log ends at ${offset}, and this one has ${minOffset} to ${writtenOffset}`);
    }
    if (offset > this.#parts.certainEnd(this.#handshake!.brokerId))
      return this.close(`its log ends at ${offset}, where what it has may be another thing than what this one has`);
    if (epochs.list.last === undefined) return this.close('this log has no epoch yet');
    this.#moveTo('TRANSFER');
    this.#sentEnd = writtenOffset;
    this.#sentMs = this.#parts.clock.monotonicMs();
    this.ackOffset = offset;
    this.sender.begin(from);
    // It learns of the last epoch and of what is confirmed, also where no byte follows.
    if (this.sender.nextOffset === from && from === writtenOffset) this.sender.sendHeartbeat();
  }

  #layOut(bytes: Buffer, at: number, offset: number, bodyBytes: number): void {
    const { epochs, store, clock } = this.#parts;
    const { list } = epochs;
    // Bytes that are older than the first epoch belong to it: the store was another kind of broker's before.
    const entry = list.at(offset) ?? list.entries[0]!;
    this.#confirmSent = this.#parts.confirmOffset();
    if (bodyBytes > 0) {
      this.#sentEnd = store.facts.writtenOffset;
      this.#sentMs = clock.monotonicMs();
    }
    layOutTransferHeader(bytes, at, {
      ...{ bodyBytes, offset },
      ...{ epoch: entry.epoch, epochStartOffset: entry.startOffset, confirmOffset: this.#confirmSent },
    });
  }
}
