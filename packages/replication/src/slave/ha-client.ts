import {
  asError,
  type Clock,
  type Connection,
  type Logger,
  type Network,
  parseEndpoint,
  RepeatedLines,
  type Service,
  type Timer,
} from '@rocketmq-ts/kernel';
import type { MessageStore } from '@rocketmq-ts/store';
import { findCommonPoint } from './common-point.ts';
import { Following, type FollowingEnd } from './following.ts';
import type { HaClientConfig } from './ha-client-config.ts';

const SWEEP_MS = 1000;
const CONNECT_TIMEOUT_MS = 3000;
/** Apache's slaves wait five seconds; a master that is back is to be followed at once. */
const RECONNECT_MS = 1000;
/** A log that could not be cut is compared again after so long. */
const REPAIR_MS = 10_000;

export interface HaClientParts {
  readonly clock: Clock;
  readonly network: Network;
  readonly logger: Logger;
  readonly store: Pick<MessageStore, 'facts' | 'readLog' | 'appendRaw' | 'onLogGrowth' | 'truncateLog'>;
  readonly config: HaClientConfig;
  /** Size of the files of the commit log. */
  readonly fileSizeBytes: number;
  /** Whether a log that has diverged may be cut now. Default: never. */
  readonly mayTruncate?: (() => boolean) | undefined;
}

/** Why this log can't be continued by its master's. */
export interface Divergence {
  readonly masterAddress: string;
  readonly sentence: string;
  /** Wall clock. */
  readonly sinceMs: number;
}

/** A slave's side of replication: follows one master, from the end of the own log on, and reports how far it has come. */
export class HaClient implements Service {
  readonly #parts: HaClientParts;
  readonly #lines: RepeatedLines;
  #address: string | undefined;
  #following: Following | undefined;
  #isConnecting = false;
  #nextTryMs = 0;
  #timer: Timer | undefined;
  #isRunning = false;
  #divergence: Divergence | undefined;
  #wasConnected = false;
  #nextRepairMs = 0;
  #repair: { readonly abort: AbortController; readonly ended: Promise<void> } | undefined;

  constructor(parts: HaClientParts) {
    this.#parts = parts;
    this.#lines = new RepeatedLines(parts.logger);
    parts.store.onLogGrowth(() => this.#following?.written());
  }

  start(): void {
    const { clock } = this.#parts;
    this.#isRunning = true;
    this.#timer = clock.every(SWEEP_MS, () => this.#sweep());
    this.#connect();
  }

  async stop(): Promise<void> {
    this.#isRunning = false;
    this.#repair?.abort.abort();
    this.#timer?.cancel();
    this.#following?.stop('this broker stops');
    await this.#repair?.ended;
    this.#lines.flush(this.#parts.clock.monotonicMs());
  }

  /** Follows the master with this replication address from now on; undefined: none. The same one again changes nothing. */
  follow(address: string | undefined): void {
    if (this.#address === address) return;
    this.#address = address;
    this.#divergence = undefined;
    this.#repair?.abort.abort();
    this.#nextTryMs = 0;
    this.#following?.stop(address === undefined ? 'there is no master to follow' : `the master is ${address} now`);
    this.#connect();
  }

  /** Replication address of the master that is followed. */
  get masterAddress(): string | undefined {
    return this.#address;
  }

  /** What the connection to the master has brought; undefined without one. */
  get following(): Following | undefined {
    return this.#following;
  }

  /** Set while this log is not the beginning of its master's. */
  get divergence(): Divergence | undefined {
    return this.#divergence;
  }

  #connect(): void {
    const { clock, store } = this.#parts;
    if (!this.#isRunning || this.#address === undefined || this.#following !== undefined) return;
    if (this.#isConnecting || this.#repair !== undefined) return;
    const { writtenOffset, appendOffset, takesRaw } = store.facts;
    // What is not written yet may be rolled back; the sweep tries again.
    if (clock.monotonicMs() < this.#nextTryMs || writtenOffset < appendOffset || !takesRaw) return;
    this.#isConnecting = true;
    void this.#connectTo(this.#address).finally(() => {
      this.#isConnecting = false;
      this.#connect();
    });
  }

  async #connectTo(address: string): Promise<void> {
    const { network, clock } = this.#parts;
    this.#nextTryMs = clock.monotonicMs() + RECONNECT_MS;
    const endpoint = parseEndpoint(address);
    if (endpoint === undefined) return this.#notConnected(address, `"${address}" is not host:port`);
    let connection: Connection;
    try {
      connection = await network.connect({ ...endpoint, timeoutMs: CONNECT_TIMEOUT_MS });
    } catch (error) {
      return this.#notConnected(address, asError(error).message);
    }
    const { writtenOffset, appendOffset } = this.#parts.store.facts;
    if (!this.#isRunning || this.#address !== address || writtenOffset < appendOffset) return connection.destroy();
    this.#following = new Following({
      ...this.#parts,
      connection,
      onAccepted: () => this.#accepted(address),
      onEnd: (end) => this.#ended(address, end),
    });
    this.#following.begin();
  }

  #notConnected(address: string, because: string): void {
    const sentence = 'the master can not be reached; it is tried again';
    this.#lines.log(`connect ${address}`, this.#parts.clock.monotonicMs(), 'warn', sentence, {
      master: address,
      because,
    });
  }

  /** The master's bytes continue this log. */
  #accepted(address: string): void {
    const { logger, store } = this.#parts;
    if (this.#divergence !== undefined) logger.info('this log is continued by its master again', { master: address });
    this.#divergence = undefined;
    this.#wasConnected = true;
    logger.info('this broker follows its master', { master: address, fromOffset: store.facts.appendOffset });
  }

  #ended(address: string, { kind, sentence }: FollowingEnd): void {
    const { logger, clock } = this.#parts;
    this.#following = undefined;
    if (kind === 'DIVERGED' && this.#address === address) this.#diverged(address, sentence);
    else if (this.#wasConnected)
      logger.warn('the connection to the master has ended', { master: address, because: sentence });
    else
      this.#lines.log(`lost ${address}`, clock.monotonicMs(), 'warn', 'the connection to the master has ended', {
        master: address,
        because: sentence,
      });
    this.#wasConnected = false;
    this.#nextTryMs = clock.monotonicMs() + RECONNECT_MS;
  }

  #diverged(masterAddress: string, sentence: string): void {
    const { clock, logger, store } = this.#parts;
    const isKnown = this.#divergence?.masterAddress === masterAddress;
    if (!isKnown) this.#nextRepairMs = 0;
    this.#divergence = { masterAddress, sentence, sinceMs: isKnown ? this.#divergence!.sinceMs : clock.now() };
    if (isKnown) return this.#repairSoon(masterAddress);
    logger.error('the log of this slave has diverged from that of its master: nothing is replicated', {
      ...{ master: masterAddress, because: sentence, ownEnd: store.facts.appendOffset },
    });
    this.#repairSoon(masterAddress);
  }

  /** Cuts this log where it parts from the master's, if that is permitted; the next failure to follow tries again. */
  #repairSoon(masterAddress: string): void {
    const { clock, mayTruncate } = this.#parts;
    if (!this.#isRunning || this.#repair !== undefined || mayTruncate?.() !== true) return;
    if (clock.monotonicMs() < this.#nextRepairMs) return;
    this.#nextRepairMs = clock.monotonicMs() + REPAIR_MS;
    const abort = new AbortController();
    const ended = this.#truncate(masterAddress, abort.signal)
      .catch((error: unknown) => {
        if (abort.signal.aborted) return;
        const sentence = 'the log could not be cut to what the master has; it is tried again';
        const because = asError(error).message;
        this.#lines.log('repair', clock.monotonicMs(), 'warn', sentence, { master: masterAddress, because });
      })
      .finally(() => {
        this.#repair = undefined;
        this.#connect();
      });
    this.#repair = { abort, ended };
  }

  async #truncate(masterAddress: string, signal: AbortSignal): Promise<void> {
    const { clock, store, logger } = this.#parts;
    const end = store.facts.appendOffset;
    const found = await findCommonPoint(this.#parts, masterAddress, signal);
    if (found === undefined) throw new Error('the master shows nothing of its log, which seems to be empty');
    const { offset, sentence } = found;
    if (signal.aborted || offset >= end || this.#parts.mayTruncate?.() !== true) return;
    const keep = `${String(offset).padStart(20, '0')}-${clock.now()}`;
    logger.warn('the end of the log is cut off, since the master has something else there; it is kept in a file', {
      ...{ master: masterAddress, because: sentence, cutAt: offset, end, file: `truncated-log/${keep}` },
    });
    await store.truncateLog(offset, keep);
  }

  #sweep(): void {
    const nowMs = this.#parts.clock.monotonicMs();
    this.#lines.sweep(nowMs);
    this.#following?.sweep(nowMs);
    this.#connect();
  }
}

export function createHaClient(parts: HaClientParts): HaClient {
  return new HaClient(parts);
}
