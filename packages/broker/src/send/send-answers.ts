import type { Endpoint } from '@rocketmq-ts/kernel';
import { createOffsetMessageId } from '@rocketmq-ts/protocol';
import type { MessageStore } from '@rocketmq-ts/store';
import type { BrokerConfig } from '../config-table.ts';
import type { BrokerStats } from '../stats.ts';
import type { SendAnswers } from './send-ticket.ts';

const TWO_32 = 0x1_0000_0000;
const EIGHT_ZEROS = '00000000';

/** What the answers to sends have in common on this broker. */
export function sendAnswers(
  config: BrokerConfig,
  address: Endpoint,
  store: MessageStore,
  stats: BrokerStats,
): SendAnswers {
  const prefix = createOffsetMessageId(address, 0).slice(0, -16);
  return {
    get regionId() {
      return config.regionId;
    },
    get traceOn() {
      return config.traceOn;
    },
    storeFailure: () =>
      store.failure === undefined
        ? `service not available now: the store is ${store.state}`
        : `service not available now: the disk refused (${store.failure.message}); the store takes nothing until the broker is started again`,
    offsetMessageId: (offset) => prefix + hex16(offset),
    stored: (topic, messages, bytes) => stats.put(topic, messages, bytes),
    failed: () => {
      stats.putFailed += 1;
    },
  };
}

/** 16 upper-case hexadecimal digits of an offset. */
function hex16(offset: number): string {
  const high = Math.floor(offset / TWO_32).toString(16);
  const low = (offset >>> 0).toString(16);
  return (EIGHT_ZEROS.slice(high.length) + high + EIGHT_ZEROS.slice(low.length) + low).toUpperCase();
}
