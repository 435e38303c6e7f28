import type { Clock, Timer } from '@rocketmq-ts/kernel';
import { type ColdDataFlowCtrInfo, isPredefinedGroup, isSystemGroup } from '@rocketmq-ts/protocol';
import type { BrokerConfig } from '../config-table.ts';
import type { Feature } from '../feature.ts';
import { PidStrategy, SimpleStrategy, type Strategy } from './strategy.ts';
import { Thresholds } from './thresholds.ts';

/** What was read is counted anew after so long. Source: ColdDataCgCtrService#run. */
const ROUND_MS = 5000;
/** A group that has read nothing old for so long is not shown any more. Source: ColdDataCgCtrService. */
const REST_MS = 60_000;
/** Share of the global threshold that the sum is to have. Source: ColdDataCgCtrService. */
const AIM = 0.8;
/** In a stored record. Source: MessageDecoder. */
const PHYSICAL_OFFSET_POSITION = 28;

/** What one group has read. */
interface GroupReads {
  bytes: number;
  readonly createTimeMs: number;
  lastReadMs: number;
  /** Monotonic. */
  lastReadAtMs: number;
}

export interface ColdReadsParts {
  readonly clock: Clock;
  readonly config: Pick<
    BrokerConfig,
    | 'coldDataFlowControlEnable'
    | 'cgColdReadThreshold'
    | 'globalColdReadThreshold'
    | 'coldCtrStrategyEnable'
    | 'usePIDColdCtrStrategy'
    | 'accessMessageInMemoryHotRatio'
  >;
  readonly store: { readonly facts: { readonly appendOffset: number } };
  /** Memory of the machine. */
  readonly physicalMemoryBytes: number;
}

/**
 * Reads of messages that are so old that they are hardly in the memory of the machine, by group and in rounds of five seconds.
 * With coldDataFlowControlEnable a group that has read its share waits for the next round, so that one that starts over a
 * back-log leaves disk and page cache to the others. Source: ColdDataCgCtrService.
 */
export class ColdReads implements Feature {
  readonly thresholds: Thresholds;
  readonly #parts: ColdReadsParts;
  readonly #groups = new Map<string, GroupReads>();
  #globalBytes = 0;
  #strategy: Strategy = new PidStrategy();
  #timer: Timer | undefined;

  constructor(parts: ColdReadsParts) {
    this.#parts = parts;
    this.thresholds = new Thresholds(() => parts.config.cgColdReadThreshold);
  }

  start(): void {
    this.#timer = this.#parts.clock.every(ROUND_MS, () => this.#endRound());
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** Whether the group has read its share of this round. */
  isLimited(group: string): boolean {
    const { config } = this.#parts;
    if (!config.coldDataFlowControlEnable) return false;
    const reads = this.#groups.get(group);
    if (reads === undefined || isExempt(group)) return false;
    if (reads.bytes >= this.thresholds.of(group, config.coldCtrStrategyEnable)) return true;
    return this.#globalBytes >= config.globalColdReadThreshold;
  }

  /** Whether a record is old. Source: DefaultMessageStore#checkInColdAreaByCommitOffset. */
  isCold(physicalOffset: number): boolean {
    const { config, store, physicalMemoryBytes } = this.#parts;
    const hotBytes = (physicalMemoryBytes * config.accessMessageInMemoryHotRatio) / 100;
    return store.facts.appendOffset - physicalOffset > hotBytes;
  }

  /** A group gets these records, which are back to back. */
  read(group: string, records: Buffer | undefined): void {
    if (!this.#parts.config.coldDataFlowControlEnable || records === undefined || isExempt(group)) return;
    let bytes = 0;
    let position = 0;
    while (position + PHYSICAL_OFFSET_POSITION + 8 <= records.length) {
      const size = records.readInt32BE(position);
      const high = records.readInt32BE(position + PHYSICAL_OFFSET_POSITION);
      const physicalOffset = high * 2 ** 32 + records.readUInt32BE(position + PHYSICAL_OFFSET_POSITION + 4);
      // Those behind it are younger.
      if (size <= 0 || !this.isCold(physicalOffset)) break;
      bytes += size;
      position += size;
    }
    if (bytes > 0) this.#count(group, bytes);
  }

  #count(group: string, bytes: number): void {
    const { clock } = this.#parts;
    const reads = this.#groups.get(group) ?? { bytes: 0, createTimeMs: clock.now(), lastReadMs: 0, lastReadAtMs: 0 };
    reads.bytes += bytes;
    reads.lastReadMs = clock.now();
    reads.lastReadAtMs = clock.monotonicMs();
    this.#groups.set(group, reads);
    this.#globalBytes += bytes;
  }

  get info(): ColdDataFlowCtrInfo {
    const { cgColdReadThreshold, globalColdReadThreshold } = this.#parts.config;
    const runtimeTable = new Map(
      [...this.#groups].map(([group, { bytes, createTimeMs, lastReadMs }]) => [
        group,
        { coldAcc: bytes, createTimeMills: createTimeMs, lastColdReadTimeMills: lastReadMs },
      ]),
    );
    const configTable = this.thresholds.table;
    return { cgColdReadThreshold, globalColdReadThreshold, globalAcc: this.#globalBytes, configTable, runtimeTable };
  }

  /** Source: ColdDataCgCtrService#clearDataAcc. */
  #endRound(): void {
    const { clock, config } = this.#parts;
    const { thresholds } = this;
    const isAdaptive = config.coldCtrStrategyEnable;
    if (isAdaptive) this.#chosenStrategy().collect(this.#globalBytes, config.globalColdReadThreshold * AIM);
    else thresholds.forgetAllAdapted();
    const isOverGlobal = this.#globalBytes > config.globalColdReadThreshold;
    for (const [group, reads] of this.#groups) {
      if (clock.monotonicMs() - reads.lastReadAtMs >= REST_MS) {
        this.#groups.delete(group);
        thresholds.forgetAdapted(group);
      } else if (isAdaptive && !isOverGlobal && !thresholds.isSetByOperator(group)) {
        if (reads.bytes >= thresholds.of(group, true)) this.#strategy.promote(thresholds, group);
      }
      reads.bytes = 0;
    }
    if (isAdaptive) thresholds.decelerate(this.#strategy, isOverGlobal);
    this.#globalBytes = 0;
  }

  #chosenStrategy(): Strategy {
    const Chosen = this.#parts.config.usePIDColdCtrStrategy ? PidStrategy : SimpleStrategy;
    if (!(this.#strategy instanceof Chosen)) this.#strategy = new Chosen();
    return this.#strategy;
  }
}

/** Groups of the system and of tools are not limited. Source: MixAll#isSysConsumerGroupPullMessage. */
function isExempt(group: string): boolean {
  return isSystemGroup(group) || isPredefinedGroup(group);
}
