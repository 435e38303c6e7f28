import type { Endpoint } from '@rocketmq-ts/kernel';
import { createOffsetMessageId } from '@rocketmq-ts/protocol';
import type { MessageStore } from '@rocketmq-ts/store';
import type { BrokerConfig } from '../config-table.ts';
import type { BrokerStats } from '../stats/broker-stats.ts';
import type { TopicTable } from '../topic/topic-table.ts';
import type { SendAnswers } from './send-ticket.ts';

const TWO_32 = 0x1_0000_0000;

/** What the answers to sends have in common on this broker. */
export function sendAnswers(
  config: BrokerConfig,
  address: Endpoint,
  store: MessageStore,
  stats: BrokerStats,
  topics: TopicTable,
): SendAnswers {
  const ids = new OffsetMessageIds(address);
  return {
    get regionId() {
      return config.regionId;
    },
    get traceOn() {
      return config.traceOn;
    },
    storeFailure: () =>
      store.failure === undefined
        ? notAvailable(store)
        : `service not available now: the disk refused (${store.failure.message}); the store takes nothing until the broker is started again`,
    offsetMessageId: (offset) => ids.of(offset),
    stored: (put, tookMs) => stats.put(put, tookMs),
    isTopicUnsaved: (topic) => topics.isUnsaved(topic),
    whenTopicSaved: (done) => topics.whenSaved(done),
  };
}

/** Apache's text; what it does not tell follows. Source: SendMessageProcessor#handlePutMessageResult, #diskUtil. */
function notAvailable({ expiry, running }: MessageStore): string {
  const { commitLog, consumeQueue, index } = expiry.ratios();
  const here = running.stands('DISK_RATIO') ? '' : ` Here: ${running.notWritableBecause ?? 'the disk had no room'}`;
  const text = (ratio: number): string => ratio.toFixed(2).padStart(5);
  const disks = `CL: ${text(commitLog)} CQ: ${text(consumeQueue)} INDEX: ${text(index)}`;
  return `service not available now. It may be caused by one of the following reasons: the broker's disk is full [${disks}], messages are put to the slave, message store has been shut down, etc.${here}`;
}

const TWO_DIGITS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).toUpperCase().padStart(2, '0'));

/** Writes offset message ids: what stays the same for 4 GiB of the log is kept, the rest is looked up byte by byte. */
class OffsetMessageIds {
  readonly #host: string;
  #high = -1;
  #prefix = '';

  constructor(address: Endpoint) {
    this.#host = createOffsetMessageId(address, 0).slice(0, -16);
  }

  of(offset: number): string {
    const high = Math.floor(offset / TWO_32);
    if (high !== this.#high) {
      this.#high = high;
      this.#prefix = this.#host + high.toString(16).toUpperCase().padStart(8, '0');
    }
    const low = offset >>> 0;
    return (
      this.#prefix +
      TWO_DIGITS[low >>> 24]! +
      TWO_DIGITS[(low >>> 16) & 255]! +
      TWO_DIGITS[(low >>> 8) & 255]! +
      TWO_DIGITS[low & 255]!
    );
  }
}
