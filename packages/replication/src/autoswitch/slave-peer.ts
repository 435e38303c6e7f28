import { asError, type Clock, viewOf } from '@rocketmq-ts/kernel';
import type { MessageStore } from '@rocketmq-ts/store';
import type { FrameLayout } from '../master/log-sender.ts';
import { lastFileOffset } from '../master/slave-connection.ts';
import type { MasterConversation, SlaveLink } from '../master/slave-link.ts';
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

export interface SlavePeerParts {
  readonly clock: Clock;
  readonly store: Pick<MessageStore, 'facts'>;
  readonly fileSizeBytes: number;
  readonly epochs: { readonly list: EpochList };
  readonly confirmOffset: () => number;
  /** The slave's log is certainly the same up to there, as far as its epochs say so; what it has behind it is cut off. */
  readonly certainEnd: (brokerId: number) => number;
  /** The slave has said who it is. */
  readonly onHandshake: (peer: SlavePeer) => void;
  /** It has reported what it has for the first time. */
  readonly onBegin: (peer: SlavePeer) => void;
}

/**
 * A master's side of the AutoSwitch protocol: the slave says who it is, is given the epochs of this log, cuts its own log where they
 * part, reports what it has left, which counts at once, and is sent what follows. Source: AutoSwitchHAConnection.
 */
export class SlavePeer implements MasterConversation {
  readonly link: SlaveLink;
  readonly layout: FrameLayout;
  readonly #parts: SlavePeerParts;
  #held: Buffer = Buffer.alloc(0);
  #handshake: SlaveHandshake | undefined;
  /** End of the log when something was sent to it last, and when that was: what it reports later is measured by them. */
  #sentEnd = 0;
  #sentMs = 0;
  #confirmSent = -1;

  constructor(link: SlaveLink, parts: SlavePeerParts) {
    this.link = link;
    this.#parts = parts;
    this.layout = {
      headerBytes: TRANSFER_HEADER_BYTES,
      layOut: (bytes, at, offset, bodyBytes) => this.#layOut(bytes, at, offset, bodyBytes),
      // A frame has bytes of one epoch.
      endOfFrame: (offset) => parts.epochs.list.endAt(offset),
    };
  }

  /** Undefined before it has said who it is. */
  get brokerId(): number | undefined {
    return this.#handshake?.brokerId;
  }

  get isLearner(): boolean {
    return this.#handshake?.asyncLearner === true;
  }

  /** Of the last report; undefined before the first one. */
  get ackOffset(): number | undefined {
    const { reportedOffset } = this.link;
    return reportedOffset < 0 ? undefined : reportedOffset;
  }

  /**
   * When it had all that there was: now, or when it was sent what it has. Undefined while it lags.
   * Source: AutoSwitchHAConnection#maybeExpandInSyncStateSet.
   */
  caughtUpMs(nowMs: number): number | undefined {
    const { ackOffset } = this;
    if (ackOffset === undefined) return undefined;
    if (ackOffset >= this.#parts.store.facts.writtenOffset) return nowMs;
    return ackOffset >= this.#sentEnd ? this.#sentMs : undefined;
  }

  /** More of the log is confirmed than the last frame said. */
  get lacksConfirm(): boolean {
    return this.link.state === 'TRANSFER' && this.#confirmSent < this.#parts.confirmOffset();
  }

  /** An empty frame, unless bytes are to be sent, which have the same fields. */
  sendEmpty(): void {
    const { state, sender, pendingBytes } = this.link;
    const hasAll = pendingBytes === 0 && sender.nextOffset >= this.#parts.store.facts.writtenOffset;
    if (state === 'TRANSFER' && hasAll) sender.sendHeartbeat();
  }

  feed(chunk: Buffer): void {
    // Frames have 16 bytes at the most, so what is held is small.
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    const view = viewOf(bytes);
    let at = 0;
    while (this.link.state !== 'SHUTDOWN') {
      let size: number;
      try {
        size = slaveFrameBytes(view, at, bytes.length - at);
      } catch (error) {
        return this.#foreign(`it is no slave in controller mode: ${asError(error).message}`);
      }
      if (size === 0 || at + size > bytes.length) break;
      this.#take(view, at);
      at += size;
    }
    this.#held = Buffer.from(bytes.subarray(at));
  }

  #foreign(sentence: string): void {
    this.link.close('FOREIGN', sentence);
  }

  #take(view: DataView, at: number): void {
    if (view.getInt32(at) === HaState.HANDSHAKE) this.#greet(readSlaveHandshake(view, at));
    else this.#report(readSlaveReport(view, at));
  }

  /** Apache's slave repeats its handshake each 5 s until it is answered. */
  #greet(handshake: SlaveHandshake): void {
    if (this.link.state !== 'READY') return this.#foreign('it begins again in the middle');
    const { brokerId } = handshake;
    if (!(Number.isSafeInteger(brokerId) && brokerId > 0)) return this.#foreign(`${brokerId} is no id of a broker`);
    if (this.#handshake !== undefined && this.#handshake.brokerId !== brokerId)
      return this.#foreign(`it says that it is broker ${brokerId}, and was ${this.#handshake.brokerId}`);
    this.#handshake = handshake;
    this.link.recognize();
    this.#parts.onHandshake(this);
    const { epochs, certainEnd } = this.#parts;
    const { list } = epochs;
    const endOffset = certainEnd(brokerId);
    const certain = list.entries.filter(({ startOffset }) => startOffset <= endOffset);
    this.link.write(encodeMasterHandshake({ endOffset, lastEpoch: list.lastEpoch, epochs: certain }));
  }

  #report(offset: number): void {
    if (this.#handshake === undefined) return this.#foreign('it reports before it has said who it is');
    if (this.link.state === 'READY') this.#begin(offset);
    else this.link.report(offset);
  }

  /** An empty slave gets all that this log has, or its last file. Source: AutoSwitchHAConnection.AbstractWriteSocketService#run. */
  #begin(offset: number): void {
    const { store, fileSizeBytes, epochs } = this.#parts;
    const { minOffset, writtenOffset } = store.facts;
    const first = this.#handshake!.syncFromLastFile ? lastFileOffset(store, fileSizeBytes) : minOffset;
    const from = offset === 0 ? first : offset;
    if (!(from >= minOffset && from <= writtenOffset)) {
      return this.#foreign(`its log ends at ${offset}, and this one has ${minOffset} to ${writtenOffset}`);
    }
    if (offset > this.#parts.certainEnd(this.#handshake!.brokerId))
      return this.#foreign(`its log ends at ${offset}, where what it has may be another thing than what this one has`);
    if (epochs.list.last === undefined) return this.#foreign('this log has no epoch yet');
    this.#sentEnd = writtenOffset;
    this.#sentMs = this.#parts.clock.monotonicMs();
    this.link.transfer(offset);
    const { sender } = this.link;
    sender.begin(from);
    // It learns of the last epoch and of what is confirmed, also where no byte follows.
    if (sender.nextOffset === from && from === writtenOffset) sender.sendHeartbeat();
    if (this.link.state === 'TRANSFER') this.#parts.onBegin(this);
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
