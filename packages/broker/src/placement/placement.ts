import { PROPERTIES_MAX_BYTES, PropertySlot, type PropertyTable, SystemTopic } from '@rocketmq-ts/protocol';
import type { MessageStore, PutMessageStatus, PutResult, PutTicket, RecordInput } from '@rocketmq-ts/store';
import type { DelayLevels } from '../delay/delay-levels.ts';

const { DELAY, REAL_TOPIC, REAL_QID, TIMER_DELIVER_MS, TIMER_DELAY_MS, TIMER_DELAY_SEC } = PropertySlot;

/**
 * Where a message is stored: the queue that it is for, or, with a delay, the schedule topic until it is due. Every put of
 * this broker goes through here: sends, batches, returned messages, deliveries.
 */
export class Placement {
  readonly store: MessageStore;
  readonly #levels: DelayLevels;

  constructor(store: MessageStore, levels: DelayLevels) {
    this.store = store;
    this.#levels = levels;
  }

  /**
   * With a level above 0: the input is sent to that level's queue and its properties name the place it was for. Levels beyond the
   * last one count as that. Source: HookUtils#transformDelayLevelMessage, #checkIfTimerMessage.
   */
  park(input: RecordInput, properties: PropertyTable, delayLevel: number): void {
    input.delayMs = undefined;
    if (delayLevel <= 0) return;
    const level = Math.min(delayLevel, this.#levels.count);
    if (level < delayLevel) properties.set(DELAY, String(level));
    properties.remove(TIMER_DELIVER_MS);
    properties.remove(TIMER_DELAY_SEC);
    properties.remove(TIMER_DELAY_MS);
    properties.set(REAL_TOPIC, input.topic);
    properties.set(REAL_QID, String(input.queueId));
    input.topic = SystemTopic.SCHEDULE;
    input.queueId = level - 1;
    input.delayMs = this.#levels.delayMs(level);
  }

  /** As `MessageStore.put`. */
  put(input: RecordInput, ticket: PutTicket, waitForFlush: boolean): PutResult {
    const result = this.store.put(input, ticket, waitForFlush);
    if (result.status === 'PUT_OK' && input.delayMs !== undefined) {
      this.#levels.parked(input.queueId + 1, result.queueOffset, result.storeTimestamp);
    }
    return result;
  }
}

/**
 * Room for what is added to the properties when a message is sent back, beside its topic: RETRY_TOPIC, DELAY, REAL_TOPIC with
 * the longest retry topic, REAL_QID. All else that is added then can be left out.
 */
const SEND_BACK_BYTES = 320;
/** Of a record beside body and properties: fixed fields with addresses of IPv6, the longest topic. */
const OVERHEAD_BYTES = 128 + 255;

/**
 * PUT_OK when the input can be stored, and stored again later: delivered, sent back, as a dead letter. What can't is refused at
 * once, since later no producer waits for an answer.
 */
export function roomLater(input: RecordInput, topic: string, store: MessageStore): PutMessageStatus {
  const room = topic.length + SEND_BACK_BYTES;
  const { length } = input.properties;
  const least = input.body.length + OVERHEAD_BYTES + room;
  if (length * 3 + room <= PROPERTIES_MAX_BYTES && least + length * 3 <= store.maxRecordBytes) return 'PUT_OK';
  const bytes = input.charset === 'latin1' ? length : Buffer.byteLength(input.properties, 'utf8');
  if (bytes + room > PROPERTIES_MAX_BYTES) return 'PROPERTIES_SIZE_EXCEEDED';
  return least + bytes <= store.maxRecordBytes ? 'PUT_OK' : 'MESSAGE_ILLEGAL';
}
