import { asError } from '@rocketmq-ts/kernel';
import type { MessageStore } from '@rocketmq-ts/store';
import type { HaClientConfig } from '../slave/ha-client-config.ts';
import type { MasterLink, SlaveConversation } from '../slave/master-link.ts';
import { RawStream } from '../slave/raw-stream.ts';
import type { Epochs } from './epoch-file.ts';
import { commonPoint, type EpochEntry, EpochList } from './epochs.ts';
import { encodeSlaveHandshake, encodeSlaveReport, type MasterHandshake, type TransferHeader } from './frames.ts';
import { MasterFrames } from './master-frames.ts';

/** Properties that may change while a slave follows its master. */
export interface AutoSwitchSlaveConfig extends HaClientConfig {
  /** An empty slave asks for the last file only. */
  readonly syncFromLastFile: boolean;
  /** This slave never joins the in-sync set. */
  readonly asyncLearner: boolean;
}

export interface MasterSessionParts {
  readonly store: Pick<MessageStore, 'facts' | 'appendRaw'>;
  readonly config: AutoSwitchSlaveConfig;
  readonly fileSizeBytes: number;
  readonly epochs: Epochs;
  readonly brokerId: number;
  /** Cuts the log, and then the epochs, at an offset; resolves to the end of what is left. */
  readonly cut: (physicalOffset: number) => Promise<number>;
  /** The master said that everything below an offset is confirmed; it may be more than this log has. */
  readonly onConfirmed: (physicalOffset: number) => void;
}

/**
 * A slave's side of the AutoSwitch protocol: it says who it is, compares the epochs of both logs, cuts its own where they part, reports
 * what is left, and appends what comes. Source: AutoSwitchHAClient.
 */
export class MasterSession implements SlaveConversation {
  readonly layOutReport = encodeSlaveReport;
  readonly #link: MasterLink;
  readonly #parts: MasterSessionParts;
  readonly #frames: MasterFrames;
  #stream: RawStream | undefined;
  #hasGreeted = false;
  #masterEpochs: readonly EpochEntry[] = [];

  constructor(link: MasterLink, parts: MasterSessionParts) {
    this.#link = link;
    this.#parts = parts;
    this.#frames = new MasterFrames({
      handshake: (handshake) => this.#compare(handshake),
      header: (header) => this.#header(header),
      body: (offset, bytes) => this.#body(offset, bytes),
    });
  }

  get mayReport(): boolean {
    return this.#link.state === 'TRANSFER';
  }

  begin(): void {
    const { config, brokerId } = this.#parts;
    const { syncFromLastFile, asyncLearner } = config;
    this.#link.write(encodeSlaveHandshake({ syncFromLastFile, asyncLearner, brokerId }));
  }

  feed(chunk: Buffer): void {
    this.#frames.feed(chunk);
  }

  stop(): void {
    this.#frames.stop();
  }

  #compare({ endOffset, epochs: theirs }: MasterHandshake): void {
    if (this.#hasGreeted) return this.#link.end('LOST', 'the master begins again in the middle');
    this.#hasGreeted = true;
    const { store, epochs } = this.#parts;
    const { appendOffset } = store.facts;
    // Whatever epochs it had were without a byte.
    if (appendOffset === 0) return this.#transferFrom(0, theirs);
    if (epochs.list.last === undefined) {
      const sentence = `this log has ${appendOffset} bytes and no epochs: it was not written in controller mode`;
      return this.#link.end('DIVERGED', sentence);
    }
    const point = commonPoint(epochs.list.ranges(appendOffset), new EpochList(theirs).ranges(endOffset));
    if (point === undefined) {
      const own = epochs.list.entries.map(({ epoch, startOffset }) => `${epoch} from ${startOffset}`).join(', ');
      const other = theirs.map(({ epoch, startOffset }) => `${epoch} from ${startOffset}`).join(', ');
      return this.#link.end('DIVERGED', `no epoch of this log (${own}) is one of the master's (${other})`);
    }
    if (point === appendOffset) return this.#transferFrom(point, theirs);
    this.#cut(point, theirs);
  }

  #cut(point: number, theirs: readonly EpochEntry[]): void {
    const link = this.#link;
    link.pause();
    const follow = (left: number): void => {
      if (link.state === 'SHUTDOWN') return;
      link.resume();
      this.#transferFrom(left, theirs);
    };
    this.#parts
      .cut(point)
      .then(follow)
      .catch((error: unknown) => link.end('LOST', `the log can't be cut at ${point}: ${asError(error).message}`));
  }

  #transferFrom(offset: number, theirs: readonly EpochEntry[]): void {
    const { store, fileSizeBytes, epochs } = this.#parts;
    epochs.adopt(theirs, offset);
    this.#masterEpochs = theirs;
    this.#stream = new RawStream(store, fileSizeBytes);
    this.#link.transfer();
    this.#link.report(offset);
  }

  #header({ offset, epoch, epochStartOffset, bodyBytes, confirmOffset }: TransferHeader): void {
    const stream = this.#stream;
    if (stream === undefined) throw new Error('the master sends its log before it is asked for');
    const { store, epochs, onConfirmed } = this.#parts;
    const isEmpty = store.facts.appendOffset === 0 && stream.nextOffset === 0;
    if (isEmpty && bodyBytes > 0) stream.beginAt(offset);
    if (!isEmpty && offset !== stream.nextOffset)
      throw new Error(`the master sends offset ${offset}, and this log continues at ${stream.nextOffset}`);
    const { list } = epochs;
    // A piece that ends where an epoch ends has the next epoch already, where an Apache master sends it.
    if (epoch > list.lastEpoch) this.#enterEpoch({ epoch, startOffset: epochStartOffset });
    else if (bodyBytes > 0 && epoch < (list.at(offset)?.epoch ?? -1))
      throw new Error(`the master sends epoch ${epoch} where this log has epoch ${list.at(offset)!.epoch}`);
    onConfirmed(confirmOffset);
  }

  /**
   * Epochs without a byte are in no frame: those before this one are known from the handshake. One that began and ended since, while
   * this slave lagged, comes with the next handshake. Nothing depends on it: no log has a byte of it, so that the epochs before and
   * behind it lead to the same common point. Apache's slave never keeps such an epoch. Source: EpochFileCache#appendEntry.
   */
  #enterEpoch(entered: EpochEntry): void {
    const { epochs } = this.#parts;
    for (const entry of this.#masterEpochs) {
      const isBetween = entry.epoch > epochs.list.lastEpoch && entry.epoch < entered.epoch;
      if (isBetween && entry.startOffset === entered.startOffset) epochs.begin(entry);
    }
    epochs.begin(entered);
  }

  #body(offset: number, bytes: Buffer): void {
    this.#link.count(bytes.length);
    const stream = this.#stream!;
    if (offset !== stream.nextOffset) throw new Error(`bytes of offset ${offset} can't follow ${stream.nextOffset}`);
    stream.feed(bytes);
  }
}
