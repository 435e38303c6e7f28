import type { MessageFilter } from '@rocketmq-ts/filter';
import type { Clock } from '@rocketmq-ts/kernel';
import {
  MASTER_ID,
  type PULL_MESSAGE,
  PullSysFlag,
  ResponseCode,
  type SubscriptionGroupConfig,
  type TopicConfig,
} from '@rocketmq-ts/protocol';
import type { Call } from '@rocketmq-ts/remoting';
import type { GetMessageResult, GetMessageStatus, MessageStore, QueueView, ReadRoom } from '@rocketmq-ts/store';
import type { ColdReads } from '../cold-data/cold-reads.ts';
import type { BrokerConfig } from '../config-table.ts';
import type { HeldRequest, HeldRequests } from '../hold/held-requests.ts';
import type { OffsetTable } from '../offset/offset-table.ts';
import type { BrokerRole } from '../role/broker-role.ts';
import type { BrokerStats } from '../stats/broker-stats.ts';

type PullCall = Call<typeof PULL_MESSAGE>;

/** What a pull that looks for messages counts as, before it is known how many bytes it will answer. */
const LOOK_BYTES = 4096;

export interface AdmittedPullParts {
  readonly clock: Clock;
  readonly config: BrokerConfig;
  readonly store: Pick<MessageStore, 'countRead' | 'facts'>;
  readonly role: Pick<BrokerRole, 'isSlave' | 'masterAddress'>;
  /** Memory of the machine. */
  readonly physicalMemoryBytes: number;
  readonly offsets: Pick<OffsetTable, 'pulledUpTo'>;
  readonly held: Pick<HeldRequests, 'hold'>;
  readonly stats: Pick<BrokerStats, 'got'>;
  readonly coldReads: Pick<ColdReads, 'isLimited' | 'isCold' | 'read'>;
}

/** Source: PullMessageProcessor#composeResponseHeader. */
function codeOf(status: GetMessageStatus, queueOffset: number): number {
  switch (status) {
    case 'FOUND':
      return ResponseCode.SUCCESS;
    case 'NO_MATCHED_MESSAGE':
    case 'MESSAGE_WAS_REMOVING':
      return ResponseCode.PULL_RETRY_IMMEDIATELY;
    case 'NO_MATCHED_LOGIC_QUEUE':
    case 'NO_MESSAGE_IN_QUEUE':
      return queueOffset === 0 ? ResponseCode.PULL_NOT_FOUND : ResponseCode.PULL_OFFSET_MOVED;
    case 'OFFSET_FOUND_NULL':
    case 'OFFSET_OVERFLOW_ONE':
      return ResponseCode.PULL_NOT_FOUND;
    case 'OFFSET_OVERFLOW_BADLY':
    case 'OFFSET_TOO_SMALL':
      return ResponseCode.PULL_OFFSET_MOVED;
    case 'READ_FAILED':
      return ResponseCode.SYSTEM_ERROR;
  }
}

const WAITS: ReadonlyMap<number, Verdict['wait']> = new Map([
  [ResponseCode.PULL_NOT_FOUND, 'HOLD'],
  [ResponseCode.PULL_RETRY_IMMEDIATELY, 'LOOK_ON'],
]);

/** A client whose route has no master yet asks so seldom, instead of as fast as it can. */
const BRIEFLY_MS = 100;

/** How a pull is answered by what it found. */
interface Verdict {
  readonly code: number;
  /** Where the client pulls next. */
  readonly suggestWhichBrokerId: number;
  /**
   * Where it may wait: HOLD until there are messages; LOOK_ON behind those that it does not want, once it has waited; BRIEFLY
   * where the client is sent to another broker, since one that does not know it yet asks here again without a pause.
   */
  readonly wait: 'HOLD' | 'LOOK_ON' | 'BRIEFLY' | 'NO';
}

/**
 * One admitted pull: looks, and while it finds nothing and may wait, is held and looks again. It takes memory before it
 * looks, and the exact amount before records are read; while it is held it has none.
 */
export class AdmittedPull implements HeldRequest, ReadRoom {
  readonly waitsFor: readonly [QueueView];
  deadlineMs: number;
  /** Queue offset that it looks at. */
  #offset: number;
  readonly #parts: AdmittedPullParts;
  readonly #call: PullCall;
  readonly #filter: MessageFilter | undefined;
  readonly #topic: TopicConfig;
  readonly #group: SubscriptionGroupConfig;
  readonly #maxMessages: number;
  #maySuspend: boolean;
  #wasHeld = false;
  #lookedAtMs = 0;

  constructor(
    parts: AdmittedPullParts,
    call: PullCall,
    queue: QueueView,
    filter: MessageFilter | undefined,
    topic: TopicConfig,
    group: SubscriptionGroupConfig,
    maxMessages: number,
  ) {
    const { header } = call;
    this.waitsFor = [queue];
    this.#offset = header.queueOffset;
    this.#parts = parts;
    this.#call = call;
    this.#filter = filter;
    this.#topic = topic;
    this.#group = group;
    this.#maxMessages = Math.max(1, maxMessages);
    this.#maySuspend = (header.sysFlag & PullSysFlag.SUSPEND) !== 0 && header.suspendTimeoutMillis > 0;
    const holdMs = parts.config.longPollingEnable ? header.suspendTimeoutMillis : parts.config.shortPollingTimeMills;
    this.deadlineMs = this.#maySuspend ? parts.clock.monotonicMs() + holdMs : 0;
  }

  get abandoned(): boolean {
    return this.#call.abandoned;
  }

  wants(queue: QueueView): boolean {
    return queue.maxOffset > this.#offset;
  }

  look(): void {
    if (this.#call.reserve(LOOK_BYTES)) this.#lookNow();
    else this.#call.whenReserved(LOOK_BYTES, this.#lookNow);
  }

  take(bytes: number): boolean {
    this.#call.release();
    return this.#call.reserve(bytes);
  }

  whenTaken(bytes: number, go: () => void): void {
    this.#call.whenReserved(bytes, go);
  }

  gaveUp(): void {
    this.#call.release();
  }

  readonly #lookNow = (): void => {
    const { header } = this.#call;
    const maxBytes =
      header.maxMsgBytes !== undefined && header.maxMsgBytes > 0 ? header.maxMsgBytes : Number.MAX_SAFE_INTEGER;
    this.#lookedAtMs = this.#parts.clock.monotonicMs();
    const [queue] = this.waitsFor;
    queue.read(this.#offset, this.#maxMessages, maxBytes, this.#filter, this.#looked, this);
  };

  /** Others wait beside this one, for the same messages: it fails for itself. */
  wake(): void {
    try {
      this.look();
    } catch (error) {
      this.#call.crash(error);
    }
  }

  expire(): void {
    this.#maySuspend = false;
    this.wake();
  }

  #holdOn(): void {
    this.#call.release();
    this.#wasHeld = true;
    this.#call.suspended = true;
    this.#parts.held.hold(this);
  }

  readonly #looked = (result: GetMessageResult): void => {
    try {
      this.#answer(result);
    } catch (error) {
      this.#call.crash(error);
    }
  };

  /** Source: PullMessageProcessor#composeResponseHeader, DefaultPullMessageResultHandler#handle. */
  #verdict(result: GetMessageResult): Verdict {
    const { role, config } = this.#parts;
    const code = codeOf(result.status, this.#offset);
    const wait = WAITS.get(code) ?? 'NO';
    const { brokerId, whichBrokerWhenConsumeSlowly } = this.#group;
    const isFarBehind = (config.slaveReadEnable || role.isSlave) && this.#isFarBehind(result);
    const slowly = isFarBehind ? whichBrokerWhenConsumeSlowly : brokerId;
    const suggestWhichBrokerId = config.slaveReadEnable ? slowly : MASTER_ID;
    if (!role.isSlave) return { code, suggestWhichBrokerId, wait };
    // The master has what this slave has, and more.
    if (!isFarBehind && role.masterAddress !== undefined) {
      if (code === ResponseCode.SUCCESS) return { code, suggestWhichBrokerId: MASTER_ID, wait: 'NO' };
      return { code: ResponseCode.PULL_RETRY_IMMEDIATELY, suggestWhichBrokerId: MASTER_ID, wait: 'BRIEFLY' };
    }
    if (code !== ResponseCode.PULL_OFFSET_MOVED || config.offsetCheckInSlave)
      return { code, suggestWhichBrokerId, wait };
    // Consumers stay where they are until the master is back; the client would ask again without a pause.
    return { code: ResponseCode.PULL_RETRY_IMMEDIATELY, suggestWhichBrokerId: brokerId, wait: 'HOLD' };
  }

  /** What was read is so old that it is not in the memory of the machine. Source: DefaultMessageStore#getMessage. */
  #isFarBehind({ status, nextBeginOffset }: GetMessageResult): boolean {
    if (status !== 'FOUND') return false;
    const { store, config, physicalMemoryBytes } = this.#parts;
    const last = this.waitsFor[0].entryAt(nextBeginOffset - 1);
    if (last === undefined) return false;
    const inMemoryBytes = (physicalMemoryBytes * config.accessMessageInMemoryMaxRatio) / 100;
    return store.facts.appendOffset - last.physicalOffset > inMemoryBytes;
  }

  #answer(result: GetMessageResult): void {
    const tookMs = Math.floor(this.#parts.clock.monotonicMs() - this.#lookedAtMs);
    this.#parts.store.countRead(result.messageCount, tookMs);
    if (result.status === 'READ_FAILED') {
      // Clients pause after an error, and ask for the same offset again.
      const [queue] = this.waitsFor;
      const place = `${queue.topic} queue ${queue.queueId} from offset ${this.#offset} on`;
      this.#call.fail(
        ResponseCode.SYSTEM_ERROR,
        `the broker's disk could not read ${place}, see store.log of the broker`,
      );
      return;
    }
    const { header } = this.#call;
    this.#parts.offsets.pulledUpTo(header.consumerGroup, header.topic, header.queueId, result.nextBeginOffset);
    const { code, suggestWhichBrokerId, wait } = this.#verdict(result);
    if (this.#maySuspend && (wait === 'HOLD' || wait === 'BRIEFLY')) {
      if (wait === 'BRIEFLY') this.deadlineMs = Math.min(this.deadlineMs, this.#lookedAtMs + BRIEFLY_MS);
      return this.#holdOn();
    }
    // Woken by messages of other tags: nothing is sent to the client, and the pull continues behind them.
    // Only where that makes progress: for a record that can't be read now the client asks again.
    const makesProgress = result.nextBeginOffset > this.#offset;
    if (this.#maySuspend && wait === 'LOOK_ON' && this.#wasHeld && makesProgress) {
      this.#offset = result.nextBeginOffset;
      if (result.nextBeginOffset >= this.waitsFor[0].maxOffset) return this.#holdOn();
      this.#call.release();
      return this.look();
    }
    if (code === ResponseCode.SUCCESS) {
      const bytes = result.body?.length ?? 0;
      this.#parts.stats.got(header.consumerGroup, header.topic, header.queueId, result.messageCount, bytes, tookMs);
      this.#parts.coldReads.read(header.consumerGroup, result.body);
    }
    this.#call.answer(
      {
        suggestWhichBrokerId,
        nextBeginOffset: result.nextBeginOffset,
        minOffset: result.minOffset,
        maxOffset: result.maxOffset,
        topicSysFlag: this.#topic.topicSysFlag,
        groupSysFlag: this.#group.groupSysFlag,
      },
      { code, remark: result.status, body: result.body, onSent: result.release },
    );
  }
}
