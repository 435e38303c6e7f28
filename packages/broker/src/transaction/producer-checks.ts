import type { Logger } from '@rocketmq-ts/kernel';
import {
  CHECK_TRANSACTION_STATE,
  decodeMessage,
  encodeMessage,
  offsetMessageIdOf,
  type StoredRecord,
  SystemTopic,
} from '@rocketmq-ts/protocol';
import type { PutResult } from '@rocketmq-ts/store';
import type { ClientTable } from '../group/client-table.ts';
import type { Place } from '../placement/real-place.ts';

export interface ProducerChecksParts {
  readonly logger: Logger;
  readonly clients: Pick<ClientTable, 'producers'>;
  readonly brokerName: string;
}

/** A half message as it was stored for its check. */
export interface CheckedHalf {
  readonly record: StoredRecord;
  /** The bytes of `record`. */
  readonly bytes: Buffer;
  /** Where it is now. */
  readonly copy: PutResult;
  /** Of the copy, as bytes. */
  readonly properties: string;
  readonly place: Place;
  readonly group: string;
  readonly uniqueKey: string | undefined;
}

/**
 * Asks producers what became of their transactions: one of the group's live connections, of whichever process, each time the
 * next one. Nothing is waited for; the answer is an END_TRANSACTION.
 * Source: AbstractTransactionalMessageCheckListener#sendCheckMessage, ProducerManager#getAvailableChannel.
 */
export class ProducerChecks {
  readonly #parts: ProducerChecksParts;
  #turn = 0;
  /** Transactions of the round that nobody could be asked for, by group. */
  readonly #unasked = new Map<string, number>();

  constructor(parts: ProducerChecksParts) {
    this.#parts = parts;
  }

  ask(half: CheckedHalf): void {
    const members = this.#parts.clients.producers(half.group).filter(({ connection }) => !connection.closed);
    const member = members[this.#turn++ % Math.max(1, members.length)];
    if (member === undefined) {
      this.#unasked.set(half.group, (this.#unasked.get(half.group) ?? 0) + 1);
      return;
    }
    const { record, copy } = half;
    const header = {
      topic: SystemTopic.TRANS_HALF,
      tranStateTableOffset: copy.queueOffset,
      commitLogOffset: copy.physicalOffset,
      msgId: half.uniqueKey,
      transactionId: half.uniqueKey,
      offsetMsgId: offsetMessageIdOf({ ...record, physicalOffset: copy.physicalOffset }),
      targetBrokerName: this.#parts.brokerName,
    };
    member.connection.notify(CHECK_TRANSACTION_STATE, header, { body: bodyOf(half) });
  }

  /** One line for each group whose producers are all away, once a round. */
  reportUnasked(): void {
    for (const [group, transactions] of this.#unasked) {
      this.#parts.logger.warn('no producer of a group is connected that could be asked for its transactions', {
        group,
        transactions,
      });
    }
    this.#unasked.clear();
  }
}

/** The half message as its producer sent it: with the topic and the queue that it is for. */
function bodyOf({ bytes, copy, properties, place }: CheckedHalf): Buffer {
  const message = decodeMessage(bytes, 0, { inflate: false });
  return encodeMessage({
    topic: place.topic,
    queueId: place.queueId,
    flag: message.flag,
    queueOffset: copy.queueOffset,
    physicalOffset: copy.physicalOffset,
    sysFlag: message.sysFlag,
    bornTimestamp: message.bornTimestamp,
    bornHost: message.bornHost,
    storeTimestamp: message.storeTimestamp,
    storeHost: message.storeHost,
    reconsumeTimes: message.reconsumeTimes,
    preparedTransactionOffset: message.preparedTransactionOffset,
    body: message.body,
    propertiesText: Buffer.from(properties, 'latin1').toString(),
  });
}
