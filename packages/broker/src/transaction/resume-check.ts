import type { Logger } from '@rocketmq-ts/kernel';
import {
  PropertySlot,
  PropertyTable,
  parseOffsetMessageId,
  RESUME_CHECK_HALF_MESSAGE,
  ResponseCode,
  readStoredRecord,
  SystemTopic,
} from '@rocketmq-ts/protocol';
import type { Call, RemotingServer } from '@rocketmq-ts/remoting';
import { isStored, type MessageStore } from '@rocketmq-ts/store';
import { readRealPlace } from '../placement/real-place.ts';
import type { RecordMover } from '../placement/record-mover.ts';
import type { TopicCounts } from '../topic-counts.ts';
import type { HalfQueueTable } from './half-queues.ts';
import { HalfState } from './half-states.ts';

const { TRANSACTION_CHECK_TIMES, PGROUP } = PropertySlot;
/** Transactions that were resumed in this run. */
const MOST_RESUMED = 10_000;

export interface ResumeCheckParts {
  readonly logger: Logger;
  readonly store: MessageStore;
  readonly mover: RecordMover;
  readonly queues: HalfQueueTable;
  readonly metrics: TopicCounts;
}

/**
 * An operator wants a transaction checked again that was given up: its message becomes a half message once more, unchanged, with
 * no checks so far. Apache's broker takes any message, and stores a compressed body decompressed but marked as compressed.
 * Source: AdminBrokerProcessor#resumeCheckHalfMessage.
 */
export class ResumeCheck {
  readonly #parts: ResumeCheckParts;
  readonly #properties = new PropertyTable();
  readonly #resumed = new Set<number>();

  constructor(parts: ResumeCheckParts) {
    this.#parts = parts;
  }

  serve(server: RemotingServer): void {
    server.handle(RESUME_CHECK_HALF_MESSAGE, (call) => {
      const reason = this.#take(call);
      if (reason !== undefined) call.fail(ResponseCode.SYSTEM_ERROR, reason);
    });
  }

  /** Why it is not resumed; undefined: answered, or the answer follows. */
  #take(call: Call<typeof RESUME_CHECK_HALF_MESSAGE>): string | undefined {
    const { msgId = '' } = call.header;
    const { store, mover, metrics, logger } = this.#parts;
    const physicalOffset = offsetOf(msgId);
    if (physicalOffset === undefined) return `msgId "${msgId.slice(0, 100)}" is no offset message id`;
    const bytes = store.recordAt(physicalOffset);
    const record = bytes && readStoredRecord(bytes);
    if (record === undefined) return `this broker has no message ${msgId}, or no longer`;
    const properties = this.#properties.read(record.properties, 'latin1');
    const place = readRealPlace(properties);
    if (typeof place === 'string' || !properties.has(PGROUP)) return `message ${msgId} is not half of a transaction`;
    const reason = this.#whyNot(record.topic, record.queueId, record.queueOffset, physicalOffset);
    if (reason !== undefined) return `message ${msgId} is not resumed: ${reason}`;
    properties.set(TRANSACTION_CHECK_TIMES, '0');
    const target = { topic: SystemTopic.TRANS_HALF, queueId: 0, delayLevel: 0 };
    const moved = mover.move(record, properties, target, {
      stored: (status) => {
        if (!isStored(status)) {
          this.#resumed.delete(physicalOffset);
          return call.fail(ResponseCode.SYSTEM_ERROR, `Put message back to ${target.topic} failed: ${status}`);
        }
        metrics.add(place.topic, 1);
        logger.info('a transaction is checked again', { topic: place.topic, msgId, peer: call.connection.peer });
        call.answer({});
      },
    });
    if (moved.status !== 'PUT_OK') return `Put message back to ${target.topic} failed: ${moved.status}`;
    if (this.#resumed.size >= MOST_RESUMED) this.#resumed.clear();
    this.#resumed.add(physicalOffset);
    return undefined;
  }

  #whyNot(topic: string, queueId: number, queueOffset: number, physicalOffset: number): string | undefined {
    if (this.#resumed.has(physicalOffset)) return 'it was resumed before';
    if (topic === SystemTopic.TRANS_CHECK_MAX_TIME) return undefined;
    if (topic !== SystemTopic.TRANS_HALF) return `it is a message of topic ${topic}`;
    const queue = this.#parts.queues.get(queueId);
    if (queue === undefined) return undefined;
    const offset = queue.current(queueOffset);
    switch (queue.states.get(offset)) {
      case HalfState.COMMITTED:
      case HalfState.ROLLED_BACK:
        return 'its transaction was ended';
      case HalfState.OPEN:
      case HalfState.ENDING:
        return offset >= queue.offset ? 'its transaction is open and is checked' : undefined;
      default:
        return undefined;
    }
  }
}

function offsetOf(msgId: string): number | undefined {
  try {
    return parseOffsetMessageId(msgId).physicalOffset;
  } catch {
    return undefined;
  }
}
