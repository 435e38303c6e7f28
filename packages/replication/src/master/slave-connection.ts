import type { Logger } from '@rocketmq-ts/kernel';
import type { MessageStore } from '@rocketmq-ts/store';
import { FRAME_HEADER_BYTES, HeadReader, layOutFrameHeader, REPORT_BYTES } from '../wire/frames.ts';
import type { FrameLayout } from './log-sender.ts';
import type { MasterConversation, SlaveLink } from './slave-link.ts';

export interface SlaveConnectionParts {
  readonly logger: Logger;
  readonly store: Pick<MessageStore, 'facts'>;
  readonly fileSizeBytes: number;
}

const layout: FrameLayout = { headerBytes: FRAME_HEADER_BYTES, layOut: layOutFrameHeader };

/**
 * A master's side of the default protocol. The first report says where to begin and acknowledges nothing, since any 8 bytes are a report.
 * Those that follow count as acknowledgements.
 */
export class SlaveConnection implements MasterConversation {
  readonly layout = layout;
  readonly #link: SlaveLink;
  readonly #parts: SlaveConnectionParts;
  readonly #report = new HeadReader(REPORT_BYTES);
  #requestOffset = -1;

  constructor(link: SlaveLink, parts: SlaveConnectionParts) {
    this.#link = link;
    this.#parts = parts;
  }

  /** Of the first report; −1 before it. */
  get requestOffset(): number {
    return this.#requestOffset;
  }

  feed(chunk: Buffer): void {
    for (let at = 0; at < chunk.length && this.#link.state !== 'SHUTDOWN'; ) {
      at += this.#report.take(chunk, at);
      if (!this.#report.isWhole) return;
      const { offset } = this.#report;
      this.#report.clear();
      if (this.#link.state === 'READY') this.#begin(offset, chunk);
      else this.#link.report(offset);
    }
  }

  #begin(offset: number, chunk: Buffer): void {
    const { logger, store, fileSizeBytes } = this.#parts;
    const { minOffset, writtenOffset } = store.facts;
    // A slave whose log ends so far behind this one's would be another broker's; text and other protocols are larger still.
    if (!(offset >= 0 && offset <= Number.MAX_SAFE_INTEGER)) return this.#foreign(offset, chunk);
    if (offset > writtenOffset) {
      const isSlave = offset <= 2 * writtenOffset + 1024 * fileSizeBytes;
      if (!isSlave) return this.#foreign(offset, chunk);
      return this.#diverged(`its log ends at ${offset}, behind the end of this one`, writtenOffset);
    }
    if (offset > 0 && offset < minOffset)
      return this.#diverged(`its log ends at ${offset}, before the beginning of this one at ${minOffset}`, minOffset);
    this.#requestOffset = offset;
    this.#link.transfer(offset);
    logger.info('a slave follows this broker', { slave: this.#link.address, fromOffset: offset });
    this.#link.sender.begin(offset === 0 ? lastFileOffset(store, fileSizeBytes) : offset);
  }

  #foreign(offset: number, chunk: Buffer): void {
    const bytes = chunk.subarray(0, 16);
    this.#link.close(
      'FOREIGN',
      `what it sends is no report of a slave: ${bytes.toString('hex')} (${printable(bytes)}), as a number ${offset}`,
    );
  }

  /** Both sides can log it: the heartbeat names an offset that a slave does not expect. */
  #diverged(sentence: string, ownOffset: number): void {
    this.#link.sender.sendHeartbeat(ownOffset);
    this.#link.close('DIVERGED', sentence);
  }
}

/** Where an empty slave begins that gets the last file only. Source: DefaultHAConnection.WriteSocketService#run. */
export function lastFileOffset({ facts }: Pick<MessageStore, 'facts'>, fileSizeBytes: number): number {
  const { minOffset, writtenOffset } = facts;
  return Math.max(minOffset, writtenOffset - (writtenOffset % fileSizeBytes));
}

function printable(bytes: Buffer): string {
  return bytes.toString('latin1').replace(/[^\x20-\x7e]/g, '.');
}
