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
import type { LinkState } from '../link-state.ts';
import { Following } from './following.ts';
import type { HaClientConfig } from './ha-client-config.ts';
import { LogRepair } from './log-repair.ts';
import { type LinkEnd, MasterLink, type SlaveConversation } from './master-link.ts';

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
}

/** Runs what changes the end of the log: nothing connects before it has ended. The signal: it is not wanted any more. */
export type LogChange = <Result>(work: (signal: AbortSignal) => Promise<Result>) => Promise<Result>;

/** What is different from protocol to protocol in following a master. */
export interface SlaveProtocol<Conversation extends SlaveConversation> {
  /** Speaks it over a new connection. */
  converse(link: MasterLink, change: LogChange): Conversation;
  /** Cuts a log that has diverged from its master's. Absent: the protocol cuts it while it is spoken, or not at all. */
  readonly repair?: {
    isPermitted(): boolean;
    run(masterAddress: string, signal: AbortSignal): Promise<void>;
  };
}

/** Why this log can't be continued by its master's. */
export interface Divergence {
  readonly masterAddress: string;
  readonly sentence: string;
  /** Wall clock. */
  readonly sinceMs: number;
}

/**
 * A slave's side of replication, whatever protocol it has: follows one master, from the end of the own log on, connects anew
 * when that ends, and knows whether the logs have diverged.
 */
export class HaClient<Conversation extends SlaveConversation = SlaveConversation> implements Service {
  readonly #parts: HaClientParts;
  readonly #protocol: SlaveProtocol<Conversation>;
  readonly #lines: RepeatedLines;
  #address: string | undefined;
  #link: MasterLink<Conversation> | undefined;
  #isConnecting = false;
  #change: { readonly abort: AbortController; readonly ended: Promise<void> } | undefined;
  #nextTryMs = 0;
  #nextRepairMs = 0;
  #timer: Timer | undefined;
  #isRunning = false;
  #divergence: Divergence | undefined;

  constructor(parts: HaClientParts, protocol: SlaveProtocol<Conversation>) {
    this.#parts = parts;
    this.#protocol = protocol;
    this.#lines = new RepeatedLines(parts.logger);
    parts.store.onLogGrowth(() => this.#link?.written());
  }

  start(): void {
    this.#isRunning = true;
    this.#timer = this.#parts.clock.every(SWEEP_MS, () => this.#sweep());
    this.#connect();
  }

  async stop(): Promise<void> {
    this.#isRunning = false;
    this.#change?.abort.abort();
    this.#timer?.cancel();
    this.#link?.end('STOPPED', 'this broker stops');
    await this.settled();
    this.#lines.flush(this.#parts.clock.monotonicMs());
  }

  /** Resolves when no change of the log is under way. */
  async settled(): Promise<void> {
    await this.#change?.ended;
  }

  /** Follows the master with this replication address from now on; undefined: none. The same one again changes nothing. */
  follow(address: string | undefined): void {
    if (this.#address === address) return;
    this.#address = address;
    this.#divergence = undefined;
    this.#change?.abort.abort();
    this.#nextTryMs = 0;
    this.#link?.end('LOST', address === undefined ? 'there is no master to follow' : `the master is ${address} now`);
    this.#connect();
  }

  /** Replication address of the master that is followed. */
  get masterAddress(): string | undefined {
    return this.#address;
  }

  /** The connection to the master; undefined without one. */
  get link(): MasterLink<Conversation> | undefined {
    return this.#link;
  }

  /** Set while this log is not the beginning of its master's. */
  get divergence(): Divergence | undefined {
    return this.#divergence;
  }

  #connect(): void {
    const { clock, store } = this.#parts;
    const isBusy = this.#link !== undefined || this.#isConnecting || this.#change !== undefined;
    if (!this.#isRunning || this.#address === undefined || isBusy) return;
    // The sweep tries again.
    if (clock.monotonicMs() < this.#nextTryMs || !this.#isWritten || !store.facts.takesRaw) return;
    this.#isConnecting = true;
    void this.#connectTo(this.#address).finally(() => {
      this.#isConnecting = false;
      this.#connect();
    });
  }

  /** What is not written yet may be rolled back, so that the end of the log is not certain. */
  get #isWritten(): boolean {
    const { writtenOffset, appendOffset } = this.#parts.store.facts;
    return writtenOffset >= appendOffset;
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
    if (!this.#isRunning || this.#address !== address || !this.#isWritten) return connection.destroy();
    this.#link = new MasterLink<Conversation>(
      {
        ...this.#parts,
        connection,
        onTransfer: () => this.#accepted(address),
        onEnd: (end, before) => this.#ended(address, end, before),
      },
      (link) => this.#protocol.converse(link, (work) => this.#changeLog(work)),
    );
    this.#link.begin();
  }

  #notConnected(master: string, because: string): void {
    const sentence = 'the master can not be reached; it is tried again';
    this.#lines.log(`connect ${master}`, this.#parts.clock.monotonicMs(), 'warn', sentence, { master, because });
  }

  /** The master's bytes continue this log. */
  #accepted(master: string): void {
    const { logger, store } = this.#parts;
    if (this.#divergence !== undefined) logger.info('this log is continued by its master again', { master });
    this.#divergence = undefined;
    logger.info('this broker follows its master', { master, fromOffset: store.facts.appendOffset });
  }

  #ended(master: string, { kind, sentence: because }: LinkEnd, before: LinkState): void {
    const { logger, clock } = this.#parts;
    const nowMs = clock.monotonicMs();
    this.#link = undefined;
    this.#nextTryMs = nowMs + RECONNECT_MS;
    if (kind === 'DIVERGED') return this.#diverged(master, because);
    const line = 'the connection to the master has ended';
    if (kind === 'STOPPED') logger.info(line, { master, because });
    else if (before === 'TRANSFER') logger.warn(line, { master, because });
    else this.#lines.log(`lost ${master}`, nowMs, 'warn', line, { master, because });
  }

  #diverged(masterAddress: string, sentence: string): void {
    const { clock, logger, store } = this.#parts;
    const known = this.#divergence;
    this.#divergence = { masterAddress, sentence, sinceMs: known?.sinceMs ?? clock.now() };
    if (known === undefined) {
      this.#nextRepairMs = 0;
      logger.error('the log of this slave has diverged from that of its master: nothing is replicated', {
        ...{ master: masterAddress, because: sentence, ownEnd: store.facts.appendOffset },
      });
    }
    this.#repairSoon(masterAddress);
  }

  /** Cuts this log where it parts from the master's, if that is permitted; the next failure to follow tries again. */
  #repairSoon(master: string): void {
    const { repair } = this.#protocol;
    const nowMs = this.#parts.clock.monotonicMs();
    if (repair === undefined || nowMs < this.#nextRepairMs || !repair.isPermitted()) return;
    this.#nextRepairMs = nowMs + REPAIR_MS;
    void this.#changeLog(async (signal) => {
      try {
        await repair.run(master, signal);
      } catch (error) {
        if (!signal.aborted) this.#notRepaired(master, asError(error).message);
      }
    });
  }

  #notRepaired(master: string, because: string): void {
    const sentence = 'the log could not be cut to what the master has; it is tried again';
    this.#lines.log('repair', this.#parts.clock.monotonicMs(), 'warn', sentence, { master, because });
  }

  #changeLog<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    const abort = new AbortController();
    const result = work(abort.signal);
    const end = (): void => {
      this.#change = undefined;
      this.#connect();
    };
    this.#change = { abort, ended: result.then(end, end) };
    return result;
  }

  #sweep(): void {
    const nowMs = this.#parts.clock.monotonicMs();
    this.#lines.sweep(nowMs);
    this.#link?.sweep(nowMs);
    this.#connect();
  }
}

/** A slave by the default protocol. `mayTruncate`: whether a log that has diverged may be cut now; default: never. */
export function createHaClient(
  parts: HaClientParts & { readonly mayTruncate?: (() => boolean) | undefined },
): HaClient<Following> {
  return new HaClient(parts, {
    converse: (link) => new Following(link, parts),
    repair: new LogRepair(parts),
  });
}
