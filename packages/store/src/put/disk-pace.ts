import type { Logger } from '@rocketmq-ts/kernel';
import type { StoreConfig } from '../config.ts';
import type { CommitLog } from '../log/commit-log.ts';
import { StoreLimits } from '../options.ts';

/** A call of the disk: a write of the log, or a flush. */
type DiskCall = 'write' | 'flush';

/** A call that is under way, as sweeps see it: by the offset that it starts from. */
class CallUnderWay {
  #from: number | undefined;
  #seenMs = 0;
  takenMs = 0;

  sweep(from: number | undefined, nowMs: number): void {
    if (from !== this.#from) this.#seenMs = nowMs;
    this.#from = from;
    this.takenMs = from === undefined ? 0 : nowMs - this.#seenMs;
  }
}

/**
 * Whether the disk keeps up with the puts. Too slow are a write, or with SYNC_FLUSH a flush, that is under way for longer than
 * osPageCacheBusyTimeOutMills, and too many bytes that wait for it. Times are measured by sweeps, so that no put reads the
 * clock for them; they are at most one sweep too short. Source: DefaultMessageStore#isOSPageCacheBusy.
 */
export class DiskPace {
  readonly #log: CommitLog;
  readonly #config: StoreConfig;
  readonly #logger: Logger;
  readonly #syncFlush: boolean;
  readonly #calls: Readonly<Record<DiskCall, CallUnderWay>> = { write: new CallUnderWay(), flush: new CallUnderWay() };
  /** A call takes too long: more puts would only wait for it as well. */
  isSlow = false;

  constructor(log: CommitLog, config: StoreConfig, logger: Logger) {
    this.#log = log;
    this.#config = config;
    this.#logger = logger;
    this.#syncFlush = config.flushDiskType === 'SYNC_FLUSH';
  }

  /** No more puts are taken for now. */
  get isBusy(): boolean {
    return this.isSlow || this.waitingBytes > StoreLimits.maxWaitingBytes;
  }

  /** Bytes that are not written, with SYNC_FLUSH not flushed. */
  get waitingBytes(): number {
    const log = this.#log;
    return log.appendOffset - (this.#syncFlush ? log.flushedOffset : log.writtenOffset);
  }

  /** How long the write that is under way has taken, 0 without one. */
  get writeTakenMs(): number {
    return this.#calls.write.takenMs;
  }

  /** Why it is busy, with the number and its limit; undefined when it is not. */
  get busyBecause(): string | undefined {
    const { waitingBytes } = this;
    if (this.isSlow) {
      const { write, flush } = this.#calls;
      const [name, call] = write.takenMs > flush.takenMs ? ['write', write] : ['flush', flush];
      const limit = `osPageCacheBusyTimeOutMills ${this.#config.osPageCacheBusyTimeOutMills}`;
      return `a ${name} of the commit log has been under way for ${Math.floor(call.takenMs)} ms, longer than ${limit}; ${waitingBytes} bytes wait for it`;
    }
    if (waitingBytes <= StoreLimits.maxWaitingBytes) return undefined;
    return `${waitingBytes} bytes of the commit log wait for the disk, more than ${StoreLimits.maxWaitingBytes}`;
  }

  /** `nowMs` is monotonic. */
  sweep(nowMs: number): void {
    const { write, flush } = this.#calls;
    const log = this.#log;
    write.sweep(log.writing ? log.writtenOffset : undefined, nowMs);
    flush.sweep(this.#syncFlush && log.flushing ? log.flushedOffset : undefined, nowMs);
    this.#judge();
  }

  /** A call has ended. */
  ended(call: DiskCall): void {
    if (this.#calls[call].takenMs === 0) return;
    this.#calls[call].sweep(undefined, 0);
    this.#judge();
  }

  #judge(): void {
    const { write, flush } = this.#calls;
    const isSlow = Math.max(write.takenMs, flush.takenMs) > this.#config.osPageCacheBusyTimeOutMills;
    if (isSlow === this.isSlow) return;
    this.isSlow = isSlow;
    if (isSlow)
      this.#logger.warn('the disk is slow: no puts are taken until it answers', { because: this.busyBecause });
    else this.#logger.info('the disk has answered: puts are taken again', { waitingBytes: this.waitingBytes });
  }
}
