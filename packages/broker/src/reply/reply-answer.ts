import { ResponseCode } from '@rocketmq-ts/protocol';
import type { PutMessageStatus, PutResult, PutTicket, RecordInput } from '@rocketmq-ts/store';
import { Refusal } from '../refusal.ts';
import type { SendAnswers, SendCall } from '../send/send-answers.ts';
import type { StoredPut } from '../stats/broker-stats.ts';

/** The `msgId` of the answer to a reply that is not stored and so has no offset message id: clients fail on an answer without the field. */
const NO_MESSAGE_ID = '0';

/** The answer to a reply, which may wait for its copy to be stored. Source: ReplyMessageProcessor#handlePushReplyResult. */
export class ReplyAnswer implements PutTicket, StoredPut {
  readonly #call: SendCall;
  readonly #answers: SendAnswers;
  /** Why the requester does not have the reply. */
  readonly #failure: string | undefined;
  readonly queueId: number;
  readonly storedTopic: string;
  readonly storedQueueId: number;
  readonly storedMessages = 1;
  readonly messageType: number;
  /** Set as soon as the store has taken it. */
  put!: PutResult;

  constructor(
    call: SendCall,
    answers: SendAnswers,
    record: RecordInput,
    messageType: number,
    failure: string | undefined,
  ) {
    this.messageType = messageType;
    this.#call = call;
    this.#answers = answers;
    this.#failure = failure;
    this.queueId = record.queueId;
    this.storedTopic = record.topic;
    this.storedQueueId = record.queueId;
  }

  get storedBytes(): number {
    return this.put.storedBytes;
  }

  stored(status: PutMessageStatus, tookMs: number): void {
    if (status === 'SERVICE_NOT_AVAILABLE') return this.notStored();
    this.#answers.stats.put(this, tookMs);
    this.#answer(this.#answers.ids.of(this.put.physicalOffset), this.put.queueOffset);
  }

  /** Answers without a stored copy. */
  notStored(): void {
    if (this.#failure === undefined) return this.#answer(NO_MESSAGE_ID, 0);
    this.#answers.refuse(this.#call, new Refusal(ResponseCode.SYSTEM_ERROR, this.#failure));
  }

  #answer(msgId: string, queueOffset: number): void {
    const { regionId, traceOn } = this.#answers;
    const header = { msgId, queueId: this.queueId, queueOffset, regionId, traceOn };
    const failure = this.#failure;
    if (failure === undefined) this.#call.answer(header);
    else this.#call.answer(header, { code: ResponseCode.SYSTEM_ERROR, remark: failure });
  }
}
