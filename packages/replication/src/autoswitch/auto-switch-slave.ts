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
import type { Divergence } from '../slave/ha-client.ts';
import type { Epochs } from './epoch-file.ts';
import { type AutoSwitchSlaveConfig, MasterSession, type SessionEnd } from './master-session.ts';

const SWEEP_MS = 1000;
const CONNECT_TIMEOUT_MS = 3000;
/** Apache's slaves wait five seconds; a master that is back is to be followed at once. */
const RECONNECT_MS = 1000;

export interface AutoSwitchSlaveParts {
  readonly clock: Clock;
  readonly network: Network;
  readonly logger: Logger;
  readonly store: Pick<MessageStore, 'facts' | 'appendRaw' | 'onLogGrowth' | 'truncateLog'>;
  readonly config: AutoSwitchSlaveConfig;
  readonly fileSizeBytes: number;
  readonly epochs: Epochs;
  /** As `MasterSessionParts.onConfirmed`. */
  readonly onConfirmed: (physicalOffset: number) => void;
}

/** The slave's side of replication in controller mode: follows the master of its group. Source: AutoSwitchHAClient. */
export class AutoSwitchSlave implements Service {
  readonly #parts: AutoSwitchSlaveParts;
  readonly #lines: RepeatedLines;
  #brokerId = 0;
  #address: string | undefined;
  #session: MasterSession | undefined;
  #connecting: Promise<void> | undefined;
  #cutting: Promise<void> | undefined;
  #nextTryMs = 0;
  #timer: Timer | undefined;
  #isRunning = false;
  #divergence: Divergence | undefined;

  constructor(parts: AutoSwitchSlaveParts) {
    this.#parts = parts;
    this.#lines = new RepeatedLines(parts.logger);
    parts.store.onLogGrowth(() => this.#session?.written());
  }

  async start(): Promise<void> {
    this.#isRunning = true;
    this.#timer = this.#parts.clock.every(SWEEP_MS, () => this.#sweep());
    this.#connect();
  }

  async stop(): Promise<void> {
    this.#isRunning = false;
    this.#timer?.cancel();
    this.#session?.stop('this broker stops');
    this.#lines.flush(this.#parts.clock.monotonicMs());
    await this.settled();
  }

  /** Resolves when no cut of the log is under way. */
  async settled(): Promise<void> {
    await this.#cutting;
  }

  /** Follows the master at this replication address from now on, as the broker with this id; undefined: none. The same again changes nothing. */
  follow(address: string | undefined, brokerId: number): void {
    if (this.#address === address && this.#brokerId === brokerId) return;
    this.#address = address;
    this.#brokerId = brokerId;
    this.#divergence = undefined;
    this.#nextTryMs = 0;
    this.#session?.stop(address === undefined ? 'there is no master to follow' : `the master is ${address} now`);
    this.#connect();
  }

  get masterAddress(): string | undefined {
    return this.#address;
  }

  /** The connection to the master; undefined without one. */
  get session(): MasterSession | undefined {
    return this.#session;
  }

  /** Set while this log can't be made a beginning of its master's. */
  get divergence(): Divergence | undefined {
    return this.#divergence;
  }

  #connect(): void {
    const { clock, store } = this.#parts;
    const isBusy = this.#session !== undefined || this.#connecting !== undefined || this.#cutting !== undefined;
    if (!this.#isRunning || this.#address === undefined || isBusy) return;
    const { writtenOffset, appendOffset } = store.facts;
    // What is not written yet may be rolled back; the sweep tries again.
    if (clock.monotonicMs() < this.#nextTryMs || writtenOffset < appendOffset) return;
    this.#connecting = this.#connectTo(this.#address).finally(() => {
      this.#connecting = undefined;
      this.#connect();
    });
  }

  async #connectTo(address: string): Promise<void> {
    const { network, clock, store } = this.#parts;
    this.#nextTryMs = clock.monotonicMs() + RECONNECT_MS;
    const endpoint = parseEndpoint(address);
    if (endpoint === undefined) return this.#notConnected(address, `"${address}" is not host:port`);
    let connection: Connection;
    try {
      connection = await network.connect({ ...endpoint, timeoutMs: CONNECT_TIMEOUT_MS });
    } catch (error) {
      return this.#notConnected(address, asError(error).message);
    }
    const { writtenOffset, appendOffset } = store.facts;
    if (!this.#isRunning || this.#address !== address || writtenOffset < appendOffset) return connection.destroy();
    const { logger } = this.#parts;
    this.#session = new MasterSession({
      ...this.#parts,
      ...{ connection, brokerId: this.#brokerId },
      cut: (offset) => this.#cut(offset),
      onTransfer: () => {
        this.#divergence = undefined;
        logger.info('this broker follows its master', { master: address, fromOffset: store.facts.appendOffset });
      },
      onEnd: (end) => this.#ended(address, end),
    });
    this.#session.begin();
  }

  /**
   * Resolves to the end of what is left: 0 when nothing of this log is in its master's. Also when it is not waited for any more
   * nothing is appended before it has ended.
   */
  #cut(offset: number): Promise<number> {
    const { store, epochs, logger } = this.#parts;
    const { minOffset, appendOffset } = store.facts;
    const left = offset <= minOffset ? 0 : offset;
    logger.warn('the end of this log is not in that of its master: it is cut off, and kept in a file', {
      ...{ from: Math.max(offset, minOffset), to: appendOffset },
    });
    const cutting = store.truncateLog(left, String(offset).padStart(20, '0')).then(() => {
      // In this order: epochs that begin behind the end of the log do no harm.
      epochs.cutAt(left);
      return left;
    });
    const ended = (): void => {
      this.#cutting = undefined;
    };
    this.#cutting = cutting.then(ended, ended);
    return cutting;
  }

  #notConnected(address: string, because: string): void {
    const sentence = 'the master can not be reached; it is tried again';
    this.#lines.log(`connect ${address}`, this.#parts.clock.monotonicMs(), 'warn', sentence, {
      master: address,
      because,
    });
  }

  #ended(master: string, { kind, sentence }: SessionEnd): void {
    const { logger, clock, store } = this.#parts;
    this.#session = undefined;
    this.#nextTryMs = clock.monotonicMs() + RECONNECT_MS;
    if (kind === 'LOST') {
      const line = 'the connection to the master has ended';
      return this.#lines.log(`lost ${master}`, clock.monotonicMs(), 'warn', line, { master, because: sentence });
    }
    const isKnown = this.#divergence?.masterAddress === master;
    this.#divergence = { masterAddress: master, sentence, sinceMs: this.#divergence?.sinceMs ?? clock.now() };
    if (isKnown) return;
    logger.error("this log can not be made a beginning of its master's: nothing is replicated", {
      ...{ master, because: sentence, ownEnd: store.facts.appendOffset },
    });
  }

  #sweep(): void {
    const nowMs = this.#parts.clock.monotonicMs();
    this.#lines.sweep(nowMs);
    this.#session?.sweep(nowMs);
    this.#connect();
  }
}
