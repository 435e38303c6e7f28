import { type Endpoint, systemErrorCode } from '@rocketmq-ts/kernel';
import { ResponseCode, type SEND_MESSAGE } from '@rocketmq-ts/protocol';
import type { Call } from '@rocketmq-ts/remoting';
import type { MessageStore, PutMessageStatus, StoreFacts } from '@rocketmq-ts/store';
import type { BrokerConfig } from '../config-table.ts';
import { Refusal } from '../refusal.ts';
import type { BrokerStats } from '../stats/broker-stats.ts';
import type { TopicTable } from '../topic/topic-table.ts';
import { OffsetMessageIds } from './offset-message-ids.ts';
import { MAX_IN_FLIGHT_BYTES, MAX_UNSAVED_BYTES, SendsInFlight } from './sends-in-flight.ts';

/** A send in any of its header forms: what all of them have. */
export type SendCall = Omit<Call<typeof SEND_MESSAGE>, 'command'>;

/** Response codes of the outcomes of a put. Source: SendMessageProcessor#handlePutMessageResult. */
export const CODE_OF_STATUS: Readonly<Record<PutMessageStatus, number>> = {
  PUT_OK: ResponseCode.SUCCESS,
  FLUSH_DISK_TIMEOUT: ResponseCode.FLUSH_DISK_TIMEOUT,
  FLUSH_SLAVE_TIMEOUT: ResponseCode.FLUSH_SLAVE_TIMEOUT,
  SLAVE_NOT_AVAILABLE: ResponseCode.SLAVE_NOT_AVAILABLE,
  IN_SYNC_REPLICAS_NOT_ENOUGH: ResponseCode.SYSTEM_ERROR,
  SERVICE_NOT_AVAILABLE: ResponseCode.SERVICE_NOT_AVAILABLE,
  MESSAGE_ILLEGAL: ResponseCode.MESSAGE_ILLEGAL,
  PROPERTIES_SIZE_EXCEEDED: ResponseCode.MESSAGE_ILLEGAL,
  OS_PAGE_CACHE_BUSY: ResponseCode.SYSTEM_BUSY,
  CREATE_MAPPED_FILE_FAILED: ResponseCode.SYSTEM_ERROR,
  UNKNOWN_ERROR: ResponseCode.SYSTEM_ERROR,
};

/** What the answers to sends have in common on this broker, and what counts them. */
export class SendAnswers {
  readonly stats: BrokerStats;
  readonly topics: TopicTable;
  readonly ids: OffsetMessageIds;
  /** Sends that wait for the log. */
  readonly inFlight = new SendsInFlight(MAX_IN_FLIGHT_BYTES);
  /** Sends in the log that wait until their topic is saved: with a limit of their own, so that others are served meanwhile. */
  readonly unsaved = new SendsInFlight(MAX_UNSAVED_BYTES);
  readonly #config: BrokerConfig;
  readonly #store: MessageStore;

  constructor(config: BrokerConfig, address: Endpoint, store: MessageStore, stats: BrokerStats, topics: TopicTable) {
    this.#config = config;
    this.ids = new OffsetMessageIds(address);
    this.#store = store;
    this.stats = stats;
    this.topics = topics;
  }

  get regionId(): string {
    return this.#config.regionId;
  }

  get traceOn(): boolean {
    return this.#config.traceOn;
  }

  refuse(call: SendCall, { code, remark }: Refusal): void {
    const { regionId, traceOn } = this;
    call.fail(code, remark, { regionId, traceOn });
  }

  /** Why no send is taken now, before anything is done for it; undefined when it is. */
  whyBusy(): Refusal | undefined {
    const { facts } = this.#store;
    if (facts.isDiskSlow) return new Refusal(ResponseCode.SYSTEM_BUSY, diskBusy(facts));
    return this.inFlight.isFull ? tooMuch(this.inFlight, 'bytes of sends wait for the disk') : undefined;
  }

  /** The same for a send to a topic that is not saved yet. */
  whyTopicBusy(topic: string): Refusal | undefined {
    if (!this.unsaved.isFull || !this.topics.isUnsaved(topic)) return undefined;
    return tooMuch(this.unsaved, `bytes of sends wait until new topics such as ${topic} are saved`);
  }

  /** The answer to a message that the store did not take, or could not keep. */
  notStored(status: PutMessageStatus): Refusal {
    return new Refusal(CODE_OF_STATUS[status], this.#remarkOf(status));
  }

  #remarkOf(status: PutMessageStatus): string {
    switch (status) {
      case 'SERVICE_NOT_AVAILABLE':
        return notAvailable(this.#store.facts);
      case 'IN_SYNC_REPLICAS_NOT_ENOUGH':
        return tooFewReplicas(this.#store.facts);
      case 'OS_PAGE_CACHE_BUSY':
        return diskBusy(this.#store.facts);
      case 'PROPERTIES_SIZE_EXCEEDED':
        return 'the message is illegal, its properties have more than 32767 bytes, together with what is added when it is delivered or sent back';
      case 'MESSAGE_ILLEGAL':
        return 'the message is illegal, it does not fit into a commit log file';
      case 'CREATE_MAPPED_FILE_FAILED':
        return 'create mapped file failed, see store.log of the broker';
      default:
        return status;
    }
  }
}

function tooMuch({ bytes, limitBytes }: SendsInFlight, what: string): Refusal {
  const remark = `[REJECTREQUEST]system busy, start flow control for a while: ${bytes} ${what}, the limit is ${limitBytes}`;
  return new Refusal(ResponseCode.SYSTEM_BUSY, remark);
}

/**
 * Why the store takes nothing for now, in Apache's words and then with the cause on this broker and its number. A disk that does
 * not answer in time is its page cache being busy. Source: SendMessageProcessor#rejectRequest, NettyRemotingAbstract,
 * SendMessageProcessor#handlePutMessageResult.
 */
export function diskBusy({ isDiskSlow, busyBecause }: Pick<StoreFacts, 'isDiskSlow' | 'busyBecause'>): string {
  const text = isDiskSlow ? '[REJECTREQUEST]system busy' : '[PC_SYNCHRONIZED]broker busy';
  return `${text}, start flow control for a while: ${busyBecause ?? 'the disk was behind'}`;
}

/** Apache's text, and then the numbers. Source: SendMessageProcessor#handlePutMessageResult. */
export function tooFewReplicas({ promise: { because } }: Pick<StoreFacts, 'promise'>): string {
  return because === undefined ? 'in-sync replicas not enough' : `in-sync replicas not enough: ${because}`;
}

/** Why a message is not acknowledged although it is in the log. */
export function topicNotSaved(topic: string, failure: Error): string {
  return `service not available now: the new topic[${topic}] could not be saved (${systemErrorCode(failure) ?? failure.message}), so that its messages would not be found after a restart; send again`;
}

/** Apache's text, and then the reason on this broker. Source: SendMessageProcessor#handlePutMessageResult, #diskUtil. */
function notAvailable({ diskRatios, isDiskFull, notWritableBecause, failure }: StoreFacts): string {
  if (failure !== undefined) {
    return `service not available now: the disk refused (${failure.message}); the store takes nothing until the broker is started again`;
  }
  const { commitLog, consumeQueue, index } = diskRatios;
  const here = isDiskFull ? '' : ` Here: ${notWritableBecause ?? 'the disk had no room'}`;
  const text = (ratio: number): string => ratio.toFixed(2).padStart(5);
  const disks = `CL: ${text(commitLog)} CQ: ${text(consumeQueue)} INDEX: ${text(index)}`;
  return `service not available now. It may be caused by one of the following reasons: the broker's disk is full [${disks}], messages are put to the slave, message store has been shut down, etc.${here}`;
}
