import { javaHashCode, spreadJavaHash } from '@rocketmq-ts/kernel';
import { MessageProperty } from '../model/message-property.ts';
import { PROPERTIES_CAPACITY } from './properties.ts';

/** Properties that a broker looks for in every message. */
const NAMES = {
  UNIQ_KEY: MessageProperty.UNIQ_CLIENT_MESSAGE_ID,
  TAGS: MessageProperty.TAGS,
  KEYS: MessageProperty.KEYS,
  WAIT: MessageProperty.WAIT_STORE_MSG_OK,
  DELAY: MessageProperty.DELAY_TIME_LEVEL,
  SHARDING_KEY: MessageProperty.SHARDING_KEY,
  TRAN_MSG: MessageProperty.TRANSACTION_PREPARED,
  TIMER_DELIVER_MS: MessageProperty.TIMER_DELIVER_MS,
  START_DELIVER_TIME: MessageProperty.START_DELIVER_TIME,
  TIMER_DELAY_MS: MessageProperty.TIMER_DELAY_MS,
  TIMER_DELAY_SEC: MessageProperty.TIMER_DELAY_SEC,
  TIMER_OUT_MS: MessageProperty.TIMER_OUT_MS,
  TIMER_ENQUEUE_MS: MessageProperty.TIMER_ENQUEUE_MS,
  TIMER_DEQUEUE_MS: MessageProperty.TIMER_DEQUEUE_MS,
  TIMER_ROLL_TIMES: MessageProperty.TIMER_ROLL_TIMES,
  TIMER_DEL_UNIQKEY: MessageProperty.TIMER_DEL_UNIQKEY,
  POP_CK: MessageProperty.POP_CK,
  INNER_NUM: MessageProperty.INNER_NUM,
  INNER_BASE: MessageProperty.INNER_BASE,
  MSG_REGION: MessageProperty.MSG_REGION,
  TRACE_ON: MessageProperty.TRACE_SWITCH,
  CLUSTER: MessageProperty.CLUSTER,
  RETRY_TOPIC: MessageProperty.RETRY_TOPIC,
  ORIGIN_MESSAGE_ID: MessageProperty.ORIGIN_MESSAGE_ID,
  REAL_TOPIC: MessageProperty.REAL_TOPIC,
  REAL_QID: MessageProperty.REAL_QUEUE_ID,
  REPLY_TO_CLIENT: MessageProperty.MESSAGE_REPLY_TO_CLIENT,
  PUSH_REPLY_TIME: MessageProperty.PUSH_REPLY_TIME,
  PGROUP: MessageProperty.PRODUCER_GROUP,
  TRANSACTION_ID: MessageProperty.TRANSACTION_ID,
  TRANSACTION_CHECK_TIMES: MessageProperty.TRANSACTION_CHECK_TIMES,
  TRAN_PREPARED_QUEUE_OFFSET: MessageProperty.TRANSACTION_PREPARED_QUEUE_OFFSET,
  CHECK_IMMUNITY_TIME: MessageProperty.CHECK_IMMUNITY_TIME_IN_SECONDS,
} as const;

type SlotName = keyof typeof NAMES;
const slotNames = Object.keys(NAMES) as SlotName[];

/** Numbers of those properties, for `PropertyTable`. */
export const PropertySlot = Object.fromEntries(slotNames.map((name, slot) => [name, slot])) as Readonly<
  Record<SlotName, number>
>;

/** Their names on the wire, by slot. */
export const slotText: readonly string[] = slotNames.map((name) => NAMES[name]);
/** Their Java hashes, by slot. */
export const slotHash = Int32Array.from(slotText, javaHashCode);

const BUCKETS = PROPERTIES_CAPACITY;

/** First slot of each hash bucket, and the next one of the same bucket; −1: none. */
const firstSlot = new Int8Array(BUCKETS).fill(-1);
const nextSlot = new Int8Array(slotText.length).fill(-1);
for (let slot = 0; slot < slotText.length; slot++) {
  const bucket = spreadJavaHash(slotHash[slot]!) & (BUCKETS - 1);
  nextSlot[slot] = firstSlot[bucket]!;
  firstSlot[bucket] = slot;
}

/** Slot of the name text[from, to), whose hash is known; −1 when it has none. */
export function slotOf(text: string, from: number, to: number, hash: number): number {
  for (let slot = firstSlot[spreadJavaHash(hash) & (BUCKETS - 1)]!; slot >= 0; slot = nextSlot[slot]!) {
    const name = slotText[slot]!;
    if (slotHash[slot] === hash && name.length === to - from && text.startsWith(name, from)) return slot;
  }
  return -1;
}
