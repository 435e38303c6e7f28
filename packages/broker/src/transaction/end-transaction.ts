import type { Clock, Logger } from '@rocketmq-ts/kernel';
import {
  END_TRANSACTION,
  MessageSysFlag,
  PropertySlot,
  ResponseCode,
  readStoredRecord,
  type StoredRecord,
  SystemTopic,
} from '@rocketmq-ts/protocol';
import type { Call, RemotingServer } from '@rocketmq-ts/remoting';
import { canNeverBeStored, isStored, type MessageStore, type PutMessageStatus } from '@rocketmq-ts/store';
import type { BrokerConfig } from '../config-table.ts';
import { MessageKind, sysFlagOfMove } from '../placement/classify.ts';
import { type Place, readRealPlace } from '../placement/real-place.ts';
import type { MovedRecord, RecordMover } from '../placement/record-mover.ts';
import { Refusal } from '../refusal.ts';
import type { BrokerStats } from '../stats/broker-stats.ts';
import type { TopicCounts } from '../topic-counts.ts';
import type { HalfQueue } from './half-queue.ts';
import type { HalfQueueTable } from './half-queues.ts';
import { HalfState } from './half-states.ts';
import { immunityOfEndMs } from './immunity.ts';
import { findNewestCopy } from './newest-copy.ts';

type EndCall = Call<typeof END_TRANSACTION>;

const { TRANSACTION_COMMIT, TRANSACTION_ROLLBACK } = MessageSysFlag;
const { PGROUP, REAL_TOPIC, REAL_QID } = PropertySlot;
const { SYSTEM_ERROR, SERVICE_NOT_AVAILABLE, ILLEGAL_OPERATION, MESSAGE_ILLEGAL } = ResponseCode;

export interface EndTransactionParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly config: Pick<BrokerConfig, 'transactionTimeOut'>;
  readonly store: MessageStore;
  readonly mover: RecordMover;
  readonly stats: BrokerStats;
  readonly queues: HalfQueueTable;
  readonly metrics: TopicCounts;
}

/** The half message that a request is about. */
interface Half {
  readonly queue: HalfQueue;
  /** As it was sent, or stored once more to be checked. */
  readonly record: StoredRecord;
  /** Queue offset of its newest copy: where it is open. */
  readonly offset: number;
  readonly place: Place;
}

/**
 * Producers say what became of their local transactions: a committed message is stored for its consumers, and the half message
 * is over. A second end that says the same is answered like the first and stores nothing; Apache's broker stores the message
 * again. Source: EndTransactionProcessor#processRequest.
 */
export class EndTransaction {
  readonly #parts: EndTransactionParts;
  readonly #kind = new MessageKind();

  constructor(parts: EndTransactionParts) {
    this.#parts = parts;
  }

  serve(server: RemotingServer): void {
    server.handle(END_TRANSACTION, (call) => {
      const refusal = this.#take(call);
      if (refusal !== undefined) this.#refuse(call, refusal);
    });
  }

  /** Undefined: answered, or the answer follows when the committed message is stored. */
  #take(call: EndCall): Refusal | undefined {
    const { commitOrRollback } = call.header;
    if (commitOrRollback !== TRANSACTION_COMMIT && commitOrRollback !== TRANSACTION_ROLLBACK) {
      // Not known yet: the half message stays open. Apache's broker sends no answer then, also to one who waits.
      call.answer({});
      return undefined;
    }
    const half = this.#find(call);
    if (half instanceof Refusal) return half;
    const state = half.queue.states.get(half.offset);
    const isPassed = state === HalfState.OPEN && half.offset < half.queue.offset;
    if (isPassed || state === HalfState.ENDED) {
      this.#endCopy(call, half);
      return undefined;
    }
    return this.#end(call, half);
  }

  /** The half message was passed, or is over, since before the last start: it may have been checked, and be open as a copy. */
  #endCopy(call: EndCall, half: Half): void {
    const { queue, record } = half;
    findNewestCopy(this.#parts.store, record, (copy) => {
      if (copy !== undefined) {
        queue.movedTo(record.queueOffset, copy.queueOffset);
        const isOver = copy.queueOffset < queue.offset && queue.states.get(copy.queueOffset) === HalfState.OPEN;
        if (isOver) queue.states.set(copy.queueOffset, HalfState.ENDED);
      }
      this.#kind.read(record.properties, 'latin1');
      const refusal = this.#end(call, { ...half, offset: queue.current(record.queueOffset) });
      if (refusal !== undefined) this.#refuse(call, refusal);
    });
  }

  #end(call: EndCall, half: Half): Refusal | undefined {
    const { queue, offset } = half;
    const state = queue.states.get(offset);
    const isCommit = call.header.commitOrRollback === TRANSACTION_COMMIT;
    if (state === (isCommit ? HalfState.COMMITTED : HalfState.ROLLED_BACK)) {
      call.answer({});
      return undefined;
    }
    if (state !== HalfState.OPEN && state !== HalfState.DISCARDED)
      return new Refusal(SYSTEM_ERROR, OVER_REMARKS[state]);
    if (queue.ops.isFull) {
      const remark = 'the store does not take what ends transactions now; the producer is asked again';
      return new Refusal(SERVICE_NOT_AVAILABLE, remark);
    }
    if (isCommit) return this.#commit(call, half);
    this.#over(half, HalfState.ROLLED_BACK, state);
    this.#parts.stats.exposed?.rolledBack(half.place.topic);
    call.answer({});
    return undefined;
  }

  #find({ header }: EndCall): Half | Refusal {
    const { store, queues, clock, config } = this.#parts;
    const { commitLogOffset, tranStateTableOffset } = header;
    const bytes = store.recordAt(commitLogOffset);
    const record = bytes && readStoredRecord(bytes);
    const queue = record?.topic === SystemTopic.TRANS_HALF ? queues.get(record.queueId) : undefined;
    // Bytes inside a message may look like a record; the queue knows its own.
    if (
      record === undefined ||
      queue === undefined ||
      queue.view.entryAt(record.queueOffset)?.physicalOffset !== commitLogOffset
    ) {
      return new Refusal(SYSTEM_ERROR, 'Find prepared transaction message failed');
    }
    const { properties } = this.#kind.read(record.properties, 'latin1');
    const immunityMs = immunityOfEndMs(properties, config.transactionTimeOut);
    if (!header.fromTransactionCheck && immunityMs !== undefined && clock.now() - record.bornTimestamp > immunityMs) {
      const remark = `the transaction is older than its ${immunityMs} ms without checks; its producer is asked for it now`;
      return new Refusal(ILLEGAL_OPERATION, remark);
    }
    if (properties.value(PGROUP) !== header.producerGroup) return new Refusal(SYSTEM_ERROR, 'The producer group wrong');
    if (record.queueOffset !== tranStateTableOffset) {
      return new Refusal(SYSTEM_ERROR, 'The transaction state table offset wrong');
    }
    const place = readRealPlace(properties);
    if (typeof place === 'string') {
      return new Refusal(SYSTEM_ERROR, `the half message can not be committed: ${place}`);
    }
    return { queue, record, offset: queue.current(record.queueOffset), place };
  }

  #commit(call: EndCall, half: Half): Refusal | undefined {
    const { mover, store, stats, clock } = this.#parts;
    const { queue, record, offset, place } = half;
    // Read by `#find` just now.
    const { properties, delayLevel, isTimer } = this.#kind;
    properties.remove(REAL_TOPIC);
    properties.remove(REAL_QID);
    const before = queue.states.get(offset);
    queue.states.set(offset, HalfState.ENDING);
    let moved: MovedRecord | undefined;
    const move = {
      ...{ ...place, delayLevel, isTimer, preparedTransactionOffset: record.physicalOffset },
      sysFlag: sysFlagOfMove(record.sysFlag) | TRANSACTION_COMMIT,
    };
    try {
      moved = mover.move(record, properties, move, {
        stored: (status) => {
          if (!isStored(status)) {
            queue.states.set(offset, before);
            return this.#refuse(call, notStored(status, store));
          }
          stats.putByBroker(moved!.storedTopic, moved!.storedBytes);
          this.#over(half, HalfState.COMMITTED, before);
          stats.exposed?.committed(place.topic, (clock.now() - record.bornTimestamp) / 1000);
          call.answer({});
        },
      });
    } finally {
      if (moved?.status !== 'PUT_OK') queue.states.set(offset, before);
    }
    if (moved.status === 'PUT_OK') return undefined;
    return moved.refusal ?? notStored(moved.status, store);
  }

  #over({ queue, offset, place }: Half, state: HalfState, before: HalfState): void {
    // Discarded ones are counted off already.
    if (before !== HalfState.DISCARDED) this.#parts.metrics.add(place.topic, -1);
    queue.over(offset, state);
  }

  #refuse(call: EndCall, { code, remark }: Refusal): void {
    const { topic, producerGroup: group, transactionId, commitLogOffset } = call.header;
    // One-way requests carry no answer: the log is where their refusal is seen.
    this.#parts.logger.warn('the end of a transaction was refused', {
      ...{ code, reason: remark, topic, group, transactionId, commitLogOffset, peer: call.connection.peer },
      fromTransactionCheck: call.header.fromTransactionCheck,
    });
    call.fail(code, remark);
  }
}

/** Why a transaction can not be ended, by its state. */
const OVER_REMARKS: Readonly<Record<Exclude<HalfState, 0 | 6>, string>> = {
  [HalfState.ENDING]: 'the transaction is being committed',
  [HalfState.COMMITTED]: 'the transaction was committed before',
  [HalfState.ROLLED_BACK]: 'the transaction was rolled back before',
  [HalfState.ENDED]: 'the transaction was ended before, or its producer is asked for it again',
  [HalfState.MOVED]: 'the producer of the transaction is asked for it again',
};

/** Source: EndTransactionProcessor#sendFinalMessage. */
function notStored(status: PutMessageStatus, { facts }: MessageStore): Refusal {
  if (canNeverBeStored(status)) {
    return new Refusal(MESSAGE_ILLEGAL, `The message is illegal, its body or properties are too long: ${status}`);
  }
  const reason = facts.failure?.message ?? facts.notWritableBecause;
  if (status === 'SERVICE_NOT_AVAILABLE') {
    return new Refusal(
      SERVICE_NOT_AVAILABLE,
      `Service not available now${reason === undefined ? '' : `: ${reason}`}; the transaction stays open`,
    );
  }
  return new Refusal(SYSTEM_ERROR, `${status}; the transaction stays open`);
}
