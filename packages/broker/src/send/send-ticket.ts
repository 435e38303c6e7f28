import { systemErrorCode, type WhenSaved } from '@rocketmq-ts/kernel';
import { ResponseCode, type SEND_MESSAGE, SystemTopic } from '@rocketmq-ts/protocol';
import type { Call } from '@rocketmq-ts/remoting';
import type { PutMessageStatus, PutTicket } from '@rocketmq-ts/store';
import type { StoredPut } from '../stats/broker-stats.ts';

/** What every answer to a send carries, and what counts it. */
export interface SendAnswers {
  readonly regionId: string;
  readonly traceOn: boolean;
  /** Why the store takes nothing any more, for the remark. */
  storeFailure(): string;
  /** Offset message id of a record. */
  offsetMessageId(physicalOffset: number): string;
  stored(put: StoredPut, tookMs: number): void;
  /** True while a start would not find the topic: its messages are not acknowledged before `whenTopicSaved`. */
  isTopicUnsaved(topic: string): boolean;
  /** Runs when the topic is durable, or can't be saved now. */
  whenTopicSaved(done: WhenSaved): void;
}

/** Response codes of the outcomes of an accepted put. Source: SendMessageProcessor#handlePutMessageResult. */
export function codeOf(status: PutMessageStatus): number {
  switch (status) {
    case 'PUT_OK':
      return ResponseCode.SUCCESS;
    case 'FLUSH_DISK_TIMEOUT':
      return ResponseCode.FLUSH_DISK_TIMEOUT;
    case 'FLUSH_SLAVE_TIMEOUT':
      return ResponseCode.FLUSH_SLAVE_TIMEOUT;
    case 'SLAVE_NOT_AVAILABLE':
      return ResponseCode.SLAVE_NOT_AVAILABLE;
    case 'MESSAGE_ILLEGAL':
    case 'PROPERTIES_SIZE_EXCEEDED':
      return ResponseCode.MESSAGE_ILLEGAL;
    case 'SERVICE_NOT_AVAILABLE':
      return ResponseCode.SERVICE_NOT_AVAILABLE;
    case 'OS_PAGE_CACHE_BUSY':
      return ResponseCode.SYSTEM_BUSY;
    default:
      return ResponseCode.SYSTEM_ERROR;
  }
}

/** Why a message is not acknowledged although it is in the log. */
export function topicNotSaved(topic: string, failure: Error): string {
  return `service not available now: the new topic[${topic}] could not be saved (${systemErrorCode(failure) ?? failure.message}), so that its messages would not be found after a restart; send again`;
}

/** A send between its place in the log and its answer. */
export class SendTicket implements PutTicket, StoredPut {
  readonly #call: Omit<Call<typeof SEND_MESSAGE>, 'command'>;
  readonly #answers: SendAnswers;
  readonly queueId: number;
  readonly #transactionId: string | undefined;
  /** Where it is stored, which is elsewhere for delayed messages and dead letters. */
  storedTopic = '';
  storedQueueId = 0;
  queueOffset = 0;
  physicalOffset = 0;
  storedMessages = 1;
  /** Physical offsets of the members of a batch. */
  members: number[] | undefined = undefined;
  /** Size in the log, of all members together. */
  storedBytes = 0;

  constructor(
    call: Omit<Call<typeof SEND_MESSAGE>, 'command'>,
    answers: SendAnswers,
    queueId: number,
    transactionId: string | undefined,
  ) {
    this.#call = call;
    this.#answers = answers;
    this.queueId = queueId;
    this.#transactionId = transactionId;
  }

  stored(status: PutMessageStatus, tookMs: number): void {
    const answers = this.#answers;
    if (status === 'SERVICE_NOT_AVAILABLE') return this.#fail(answers.storeFailure());
    answers.stored(this, tookMs);
    const topic = this.storedTopic === SystemTopic.SCHEDULE ? this.#call.header.topic : this.storedTopic;
    if (!answers.isTopicUnsaved(topic)) return this.#answer(status);
    answers.whenTopicSaved((failure) => {
      if (failure === undefined) this.#answer(status);
      else this.#fail(topicNotSaved(topic, failure));
    });
  }

  #fail(remark: string): void {
    const { regionId, traceOn } = this.#answers;
    this.#call.fail(ResponseCode.SERVICE_NOT_AVAILABLE, remark, { regionId, traceOn });
  }

  #answer(status: PutMessageStatus): void {
    const answers = this.#answers;
    const members = this.members;
    const header = {
      msgId:
        members === undefined
          ? answers.offsetMessageId(this.physicalOffset)
          : members.map((offset) => answers.offsetMessageId(offset)).join(','),
      queueId: this.queueId,
      queueOffset: this.queueOffset,
      transactionId: this.#transactionId,
      regionId: answers.regionId,
      traceOn: answers.traceOn,
    };
    if (status === 'PUT_OK') this.#call.answer(header);
    else this.#call.answer(header, { code: codeOf(status) });
  }
}
