import { asError, type Clock, type Connection, type Network, parseEndpoint, type Timer } from '@rocketmq-ts/kernel';
import type { MessageStore } from '@rocketmq-ts/store';
import { layOutReport } from '../wire/frames.ts';
import { MasterStream } from './master-stream.ts';

const CONNECT_TIMEOUT_MS = 3000;

export interface ProbeParts {
  readonly clock: Clock;
  readonly network: Network;
  readonly store: Pick<MessageStore, 'facts' | 'readLog'>;
  readonly config: { readonly haHousekeepingInterval: number };
}

/** What a probe has found. */
export interface ProbeResult {
  /** The first byte that differs, or that one of the logs does not have. */
  readonly equalTo: number;
  /** The master has sent bytes from the first one on that it was asked for. */
  readonly hasBytes: boolean;
  /** The connection was lost before a difference was found: what follows is to be asked for anew. */
  readonly isIncomplete: boolean;
}

interface Body {
  readonly offset: number;
  readonly bytes: Buffer;
}

/**
 * Asks a master for its log from an offset on, by a connection of its own, and compares it with the own log up to the first
 * difference. Rejects when the connection is lost and nothing was found out by it.
 */
export function probe(parts: ProbeParts, address: string, from: number, signal: AbortSignal): Promise<ProbeResult> {
  return new LogProbe(parts, from).run(address, signal);
}

class LogProbe {
  readonly #parts: ProbeParts;
  readonly #waiting: Body[] = [];
  readonly #from: number;
  #equalTo: number;
  #hasBytes = false;
  #heartbeats = 0;
  #connection: Connection | undefined;
  #isComparing = false;
  #isOver = false;
  #timer: Timer | undefined;
  #done!: (result: ProbeResult) => void;
  #failed!: (error: Error) => void;

  constructor(parts: ProbeParts, from: number) {
    this.#parts = parts;
    this.#from = from;
    this.#equalTo = from;
  }

  async run(address: string, signal: AbortSignal): Promise<ProbeResult> {
    const { network } = this.#parts;
    const result = new Promise<ProbeResult>((resolve, reject) => {
      this.#done = resolve;
      this.#failed = reject;
    });
    const connection = await network.connect({ ...parseEndpoint(address)!, timeoutMs: CONNECT_TIMEOUT_MS });
    this.#connection = connection;
    const abort = (): void => this.#fail(new Error('the comparison was given up'));
    const frames = new MasterStream({
      heartbeat: (offset) => this.#heartbeat(offset),
      body: (offset, bytes) => this.#received({ offset, bytes }),
      broken: (sentence) => this.#fail(new Error(`the master sends no frames: ${sentence}`)),
    });
    connection.setHandlers({
      onData: (chunk) => {
        this.#expectMore();
        frames.feed(chunk);
      },
      onDrain: () => {},
      onClose: (error) => this.#closed(error),
    });
    signal.addEventListener('abort', abort);
    this.#expectMore();
    connection.write(layOutReport(this.#from));
    if (signal.aborted) abort();
    try {
      return await result;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  /** A master may take long to send a file, and not long to send anything. */
  #expectMore(): void {
    const { clock, config } = this.#parts;
    this.#timer?.cancel();
    this.#timer = clock.after(config.haHousekeepingInterval, () => this.#fail(new Error('the master sends nothing')));
  }

  #heartbeat(offset: number): void {
    this.#heartbeats += 1;
    // One of another place says that this place is not in the master's log. The first one may have been due before the report came.
    const isElsewhere = offset !== this.#equalTo && this.#waiting.length === 0 && !this.#isComparing;
    if (this.#hasBytes || this.#heartbeats > 1 || isElsewhere) this.#received(undefined);
  }

  /** Our master closes a connection whose report is outside of its log, behind a heartbeat; so nothing may be known yet. */
  #closed(error: Error | undefined): void {
    if (this.#heartbeats > 0 && !this.#hasBytes) this.#finish();
    // Nothing is reported meanwhile, since that would be an acknowledgement: a master ends what takes long.
    else if (this.#equalTo > this.#from) this.#finish(true);
    else this.#fail(error ?? new Error('the master has closed the connection'));
  }

  /** Undefined: nothing follows what came before. */
  #received(body: Body | undefined): void {
    if (this.#isOver) return;
    if (body === undefined) {
      if (!this.#isComparing) this.#finish();
      return;
    }
    // An empty log's report begins anywhere.
    if (!this.#hasBytes && this.#from === 0) this.#equalTo = body.offset;
    this.#hasBytes = true;
    this.#waiting.push(body);
    if (this.#isComparing) return;
    this.#isComparing = true;
    this.#connection!.pauseReading();
    this.#timer?.cancel();
    void this.#compare().catch((error: unknown) => this.#fail(asError(error)));
  }

  async #compare(): Promise<void> {
    for (let body = this.#waiting.shift(); body !== undefined; body = this.#waiting.shift()) {
      if (this.#isOver) return;
      if (body.offset !== this.#equalTo || !(await this.#isEqual(body))) return this.#finish();
    }
    this.#isComparing = false;
    if (this.#isOver) return;
    this.#expectMore();
    this.#connection!.resumeReading();
  }

  async #isEqual({ offset, bytes }: Body): Promise<boolean> {
    const { store } = this.#parts;
    for (let at = 0; at < bytes.length; ) {
      const { minOffset, writtenOffset } = store.facts;
      if (offset + at < minOffset || offset + at >= writtenOffset) return false;
      const own = await readOwn(store, offset + at, bytes.length - at);
      const same = equalBytes(own, bytes.subarray(at, at + own.length));
      this.#equalTo += same;
      if (same < own.length) return false;
      at += own.length;
    }
    return true;
  }

  #finish(isIncomplete = false): void {
    if (this.#isOver) return;
    this.#end();
    this.#done({ equalTo: this.#equalTo, hasBytes: this.#hasBytes, isIncomplete });
  }

  #fail(error: Error): void {
    if (this.#isOver) return;
    this.#end();
    this.#failed(error);
  }

  #end(): void {
    this.#isOver = true;
    this.#timer?.cancel();
    this.#connection?.destroy();
  }
}

/** Bytes of the own log, copied; fewer than asked for where less is at hand. */
export function readOwn(store: ProbeParts['store'], offset: number, bytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    store.readLog(offset, bytes, (piece) => {
      if (piece instanceof Error) return reject(piece);
      const copy = Buffer.from(piece.bytes);
      piece.release();
      resolve(copy);
    });
  });
}

function equalBytes(a: Buffer, b: Buffer): number {
  if (a.equals(b)) return a.length;
  let same = 0;
  while (same < a.length && a[same] === b[same]) same += 1;
  return same;
}
