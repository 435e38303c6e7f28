import { tagCode } from '@rocketmq-ts/filter';
import type { Clock, Logger, Timer } from '@rocketmq-ts/kernel';
import { OP_TAG, PropertySlot, propertyPiece, SystemTopic } from '@rocketmq-ts/protocol';
import { isStored, type RecordInput } from '@rocketmq-ts/store';
import type { BrokerConfig } from '../config-table.ts';
import type { RecordPuts } from '../placement/put.ts';
import type { BrokerStats } from '../stats/broker-stats.ts';

/** Ends that the store does not take now wait in memory up to here; then transactions are not ended any more. */
const MOST_WAITING = 500_000;

export interface OpMessagesParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly config: Pick<BrokerConfig, 'transactionOpBatchInterval' | 'transactionOpMsgMaxSize'>;
  readonly puts: RecordPuts;
  readonly stats: BrokerStats;
  /** As it is in records. */
  readonly storeHost: Uint8Array;
}

/** Called when an op message is stored, with its place and the highest queue offset that it names. */
export type OpStored = (opOffset: number, highest: number) => void;

/**
 * Says in the op topic which half messages of a queue are over, many in one message: after `transactionOpBatchInterval`, or as
 * soon as they fill `transactionOpMsgMaxSize`. The body has their queue offsets in decimal digits, each followed by a comma.
 * What the store does not take is kept and tried again. Source: TransactionalMessageServiceImpl#batchSendOpMessage.
 */
export class OpMessages {
  readonly #parts: OpMessagesParts;
  readonly #queueId: number;
  readonly #stored: OpStored;
  #waiting: number[] = [];
  /** Size of their text. */
  #bytes = 0;
  #timer: Timer | undefined;
  #writesSoon = false;
  /** Op messages between their put and its outcome. */
  #underWay = 0;
  #idle: (() => void)[] = [];

  constructor(parts: OpMessagesParts, queueId: number, stored: OpStored) {
    this.#parts = parts;
    this.#queueId = queueId;
    this.#stored = stored;
  }

  /** True while so much waits for the store that nothing more may be ended. */
  get isFull(): boolean {
    return this.#waiting.length >= MOST_WAITING;
  }

  /** The half message at a queue offset is over. */
  add(offset: number): void {
    const { clock, config } = this.#parts;
    this.#waiting.push(offset);
    this.#bytes += digitsOf(offset) + 1;
    if (this.#bytes > config.transactionOpMsgMaxSize) {
      if (this.#writesSoon) return;
      this.#writesSoon = true;
      clock.endOfTurn(() => {
        this.#writesSoon = false;
        while (this.#bytes > config.transactionOpMsgMaxSize && this.#write());
      });
    } else this.#arm();
  }

  /** Stores all that waits, as far as the store takes it. */
  flush(): void {
    while (this.#waiting.length > 0 && this.#write());
  }

  /** The same, and resolves when it is stored. What the store does not take is lost: those producers are asked again. */
  async close(): Promise<void> {
    this.#timer?.cancel();
    this.flush();
    if (this.#underWay > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
    this.#timer?.cancel();
    if (this.#waiting.length === 0) return;
    this.#parts.logger.warn('ends of transactions could not be stored; their producers are asked again', {
      transactions: this.#waiting.length,
    });
  }

  #arm(): void {
    const { clock, config } = this.#parts;
    this.#timer ??= clock.after(config.transactionOpBatchInterval, () => {
      this.#timer = undefined;
      this.flush();
      if (this.#waiting.length > 0) this.#arm();
    });
  }

  /** Stores one op message; false when the store takes nothing now. */
  #write(): boolean {
    const offsets = this.#take();
    let highest = 0;
    let text = '';
    for (const offset of offsets) {
      text += `${offset},`;
      if (offset > highest) highest = offset;
    }
    const { puts, stats } = this.#parts;
    const put = puts.put(
      this.#input(Buffer.from(text, 'latin1')),
      {
        stored: (status) => {
          this.#underWay -= 1;
          if (isStored(status)) {
            stats.putByBroker(SystemTopic.TRANS_OP_HALF, put.storedBytes);
            this.#stored(put.queueOffset, highest);
          } else this.#keep(offsets);
          if (this.#underWay === 0) for (const idle of this.#idle.splice(0)) idle();
        },
      },
      false,
    );
    if (put.status === 'PUT_OK') {
      this.#underWay += 1;
      return true;
    }
    this.#keep(offsets);
    return false;
  }

  /** As many as one message names, the oldest first. */
  #take(): number[] {
    const most = this.#parts.config.transactionOpMsgMaxSize;
    let count = 0;
    let bytes = 0;
    while (count < this.#waiting.length && bytes < most) bytes += digitsOf(this.#waiting[count++]!) + 1;
    this.#bytes -= bytes;
    return this.#waiting.splice(0, count);
  }

  #keep(offsets: readonly number[]): void {
    this.#waiting = [...offsets, ...this.#waiting];
    for (const offset of offsets) this.#bytes += digitsOf(offset) + 1;
    this.#arm();
  }

  #input(body: Buffer): RecordInput {
    const { clock, storeHost } = this.#parts;
    return {
      topic: SystemTopic.TRANS_OP_HALF,
      queueId: this.#queueId,
      flag: 0,
      sysFlag: 0,
      bornTimestamp: clock.now(),
      bornHost: storeHost,
      storeHost,
      reconsumeTimes: 0,
      preparedTransactionOffset: 0,
      body,
      properties: OP_PROPERTIES,
      tagsCode: tagCode(OP_TAG),
      uniqueKey: '',
      keys: '',
      tags: OP_TAG,
    };
  }
}

/** As Apache's broker writes them, whose map is a small one here: in another order than where it read them. Source: TransactionalMessageBridge#makeOpMessageInner. */
const OP_PROPERTIES = propertyPiece(PropertySlot.WAIT, 'true') + propertyPiece(PropertySlot.TAGS, OP_TAG);

function digitsOf(offset: number): number {
  let digits = 1;
  for (let rest = offset; rest >= 10; rest = Math.floor(rest / 10)) digits += 1;
  return digits;
}
