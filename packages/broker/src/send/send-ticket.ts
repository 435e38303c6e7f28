import { ResponseCode } from '@rocketmq-ts/protocol';
import type { PutMessageStatus, PutResult, PutTicket } from '@rocketmq-ts/store';
import type { Place } from '../placement/real-place.ts';
import { Refusal } from '../refusal.ts';
import type { StoredPut } from '../stats/broker-stats.ts';
import { MessageType } from '../stats/message-counters.ts';
import { CODE_OF_STATUS, type SendAnswers, type SendCall, topicNotSaved } from './send-answers.ts';

/** A send between its place in the log and its answer. */
export class SendTicket implements PutTicket, StoredPut {
  readonly #call: SendCall;
  readonly #answers: SendAnswers;
  readonly #topic: string;
  readonly queueId: number;
  readonly storedTopic: string;
  readonly storedQueueId: number;
  readonly #transactionId: string | undefined;
  /** Of a batch: of its first member. */
  put!: PutResult;
  messageType: number = MessageType.NORMAL;
  /** Of a timer message that can be recalled. */
  recallHandle: string | undefined = undefined;
  /** Number of messages of a batch that is stored as one record. */
  innerMessages: number | undefined = undefined;
  /** Of a batch only. */
  members: readonly PutResult[] | undefined = undefined;

  /**
   * `topic` is the one that the message is for, or of its dead letters, `queueId` the queue that was asked for; `stored` is
   * where it is stored, which may be a topic of the broker.
   */
  constructor(
    call: SendCall,
    answers: SendAnswers,
    topic: string,
    queueId: number,
    stored: Place,
    transactionId: string | undefined,
  ) {
    this.#call = call;
    this.#answers = answers;
    this.#topic = topic;
    this.queueId = queueId;
    this.storedTopic = stored.topic;
    this.storedQueueId = stored.queueId;
    this.#transactionId = transactionId;
  }

  /** The store has taken the message, or with `members` the batch, and calls `stored` later. */
  taken(put: PutResult, members: readonly PutResult[] | undefined): void {
    this.put = put;
    this.members = members;
    this.#answers.inFlight.began(this.#call.body.length);
  }

  get storedMessages(): number {
    return this.members?.length ?? this.innerMessages ?? 1;
  }

  get storedBytes(): number {
    if (this.members === undefined) return this.put.storedBytes;
    return this.members.reduce((sum, { storedBytes }) => sum + storedBytes, 0);
  }

  stored(status: PutMessageStatus, tookMs: number): void {
    const answers = this.#answers;
    answers.inFlight.ended(this.#call.body.length);
    if (status === 'SERVICE_NOT_AVAILABLE') return answers.refuse(this.#call, answers.notStored(status));
    answers.stats.put(this, tookMs);
    if (answers.topics.isUnsaved(this.#topic)) this.#answerWhenTopicSaved(status);
    else this.#answer(status);
  }

  /** A method of its own, since each call of a function that makes a closure allocates, also where the closure is not made. */
  #answerWhenTopicSaved(status: PutMessageStatus): void {
    const answers = this.#answers;
    const bodyBytes = this.#call.body.length;
    answers.unsaved.began(bodyBytes);
    answers.topics.whenSaved((failure) => {
      answers.unsaved.ended(bodyBytes);
      if (failure === undefined) return this.#answer(status);
      const remark = topicNotSaved(this.#topic, failure);
      answers.refuse(this.#call, new Refusal(ResponseCode.SERVICE_NOT_AVAILABLE, remark));
    });
  }

  #answer(status: PutMessageStatus): void {
    const { ids, regionId, traceOn } = this.#answers;
    const { put, members } = this;
    const header = {
      msgId: members === undefined ? ids.of(put.physicalOffset) : ids.ofBatch(members),
      queueId: this.queueId,
      queueOffset: put.queueOffset,
      transactionId: this.#transactionId,
      batchUniqId: this.innerMessages === undefined ? undefined : this.#transactionId,
      recallHandle: this.recallHandle,
      regionId,
      traceOn,
    };
    if (status === 'PUT_OK') this.#call.answer(header);
    else this.#call.answer(header, { code: CODE_OF_STATUS[status] });
  }
}
