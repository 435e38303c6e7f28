import { type Clock, type Connection, formatEndpoint } from '@rocketmq-ts/kernel';
import type { MessageStore } from '@rocketmq-ts/store';
import { FRAME_HEADER_BYTES, HeadReader, layOutFrameHeader, REPORT_BYTES } from '../wire/frames.ts';
import { type FrameLayout, LogSender, type SenderConfig } from './log-sender.ts';

/** READY: it has not reported. Source: HAConnectionState. */
export type HaConnectionState = 'READY' | 'TRANSFER' | 'SHUTDOWN';

/** Why a connection is closed by the master. FOREIGN: it is no slave's, or not that of a slave of this log. */
export type CloseReason = 'FOREIGN' | 'DIVERGED' | 'SILENT' | 'UNREADABLE' | 'CROWDED' | 'STOPPED';

export interface SlaveConnectionParts {
  readonly clock: Clock;
  readonly config: SenderConfig;
  readonly store: Pick<MessageStore, 'facts' | 'readLog'>;
  readonly connection: Connection;
  readonly fileSizeBytes: number;
  /** A further report: the slave holds everything below the offset. */
  readonly onAck: (slave: SlaveConnection, physicalOffset: number) => void;
  /** The first report was taken. */
  readonly onBegin: (slave: SlaveConnection) => void;
  readonly onClose: (slave: SlaveConnection, reason: CloseReason | undefined, sentence: string) => void;
}

const layout: FrameLayout = { headerBytes: FRAME_HEADER_BYTES, layOut: layOutFrameHeader };

/**
 * One connection to the replication port. Its first report says where to begin and proves nothing: any 8 bytes are a report.
 * Those that follow count as acknowledgements while they are within what was sent, and never go back.
 */
export class SlaveConnection {
  readonly address: string;
  readonly host: string;
  readonly sender: LogSender;
  readonly #parts: SlaveConnectionParts;
  readonly #report = new HeadReader(REPORT_BYTES);
  #state: HaConnectionState = 'READY';
  /** Of the first report. */
  requestOffset = -1;
  /** What it has acknowledged; −1: nothing. */
  ackOffset = -1;
  lastReadMs: number;

  constructor(parts: SlaveConnectionParts) {
    const { clock, connection, config, store } = parts;
    this.#parts = parts;
    this.address = formatEndpoint(connection.remote);
    this.host = connection.remote.host;
    this.lastReadMs = clock.monotonicMs();
    this.sender = new LogSender({
      ...{ clock, config, store, connection, layout },
      onFailed: (error) =>
        this.close('UNREADABLE', `the log can't be read at offset ${this.sender.nextOffset}: ${error.message}`),
    });
    connection.setHandlers({
      onData: (chunk) => this.#onData(chunk),
      onDrain: () => this.sender.advance(),
      onClose: (error) => this.#ended(undefined, error?.message ?? 'the peer has closed it'),
    });
  }

  get state(): HaConnectionState {
    return this.#state;
  }

  /** Bytes that the system has not taken yet. */
  get pendingBytes(): number {
    return this.#parts.connection.pendingBytes;
  }

  close(reason: CloseReason, sentence: string): void {
    if (this.#state === 'SHUTDOWN') return;
    // What is queued, such as a last heartbeat, still goes out if the system takes it.
    if (reason === 'DIVERGED') this.#parts.connection.end();
    else this.#parts.connection.destroy();
    this.#ended(reason, sentence);
  }

  #ended(reason: CloseReason | undefined, sentence: string): void {
    if (this.#state === 'SHUTDOWN') return;
    this.#state = 'SHUTDOWN';
    this.sender.stop();
    this.#parts.onClose(this, reason, sentence);
  }

  #onData(chunk: Buffer): void {
    this.lastReadMs = this.#parts.clock.monotonicMs();
    for (let at = 0; at < chunk.length && this.#state !== 'SHUTDOWN'; ) {
      at += this.#report.take(chunk, at);
      if (!this.#report.isWhole) return;
      const { offset } = this.#report;
      this.#report.clear();
      if (this.#state === 'READY') this.#begin(offset, chunk);
      else this.#acknowledge(offset);
    }
  }

  #begin(offset: number, chunk: Buffer): void {
    const { minOffset, writtenOffset } = this.#parts.store.facts;
    // A slave whose log ends so far behind this one's would be another broker's; text and other protocols are larger still.
    if (!(offset >= 0 && offset <= Number.MAX_SAFE_INTEGER)) return this.#foreign(offset, chunk);
    if (offset > writtenOffset) {
      const isSlave = offset <= 2 * writtenOffset + 1024 * this.#parts.fileSizeBytes;
      if (!isSlave) return this.#foreign(offset, chunk);
      return this.#diverged(`its log ends at ${offset}, behind the end of this one`, writtenOffset);
    }
    if (offset > 0 && offset < minOffset)
      return this.#diverged(`its log ends at ${offset}, before the beginning of this one at ${minOffset}`, minOffset);
    this.#state = 'TRANSFER';
    this.requestOffset = offset;
    this.#parts.onBegin(this);
    this.sender.begin(offset === 0 ? this.#lastFileOffset() : offset);
  }

  /** An empty slave gets the last file only. Source: DefaultHAConnection.WriteSocketService#run. */
  #lastFileOffset(): number {
    const { minOffset, writtenOffset } = this.#parts.store.facts;
    return Math.max(minOffset, writtenOffset - (writtenOffset % this.#parts.fileSizeBytes));
  }

  #acknowledge(offset: number): void {
    const least = Math.max(this.ackOffset, this.requestOffset);
    if (offset < least) return this.close('FOREIGN', `it reports ${offset} after ${least}`);
    if (offset > this.sender.nextOffset)
      return this.close('FOREIGN', `it reports ${offset}, but was sent the log up to ${this.sender.nextOffset} only`);
    this.ackOffset = offset;
    this.#parts.onAck(this, offset);
  }

  #foreign(offset: number, chunk: Buffer): void {
    const bytes = chunk.subarray(0, 16);
    this.close(
      'FOREIGN',
      `what it sends is no report of a slave: ${bytes.toString('hex')} (${printable(bytes)}), as a number ${offset}`,
    );
  }

  /** Both sides can log it: the heartbeat names an offset that a slave does not expect. */
  #diverged(sentence: string, ownOffset: number): void {
    this.sender.sendHeartbeat(ownOffset);
    this.close('DIVERGED', sentence);
  }
}

function printable(bytes: Buffer): string {
  return bytes.toString('latin1').replace(/[^\x20-\x7e]/g, '.');
}
