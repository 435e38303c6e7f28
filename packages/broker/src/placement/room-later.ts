import { PROPERTIES_MAX_BYTES } from '@rocketmq-ts/protocol';
import type { PutMessageStatus, RecordInput, StoreFacts } from '@rocketmq-ts/store';

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
export function roomLater(
  input: RecordInput,
  topic: string,
  store: Pick<StoreFacts, 'maxRecordBytes'>,
): PutMessageStatus {
  const room = topic.length + SEND_BACK_BYTES;
  const { length } = input.properties;
  const least = input.body.length + OVERHEAD_BYTES + room;
  if (length * 3 + room <= PROPERTIES_MAX_BYTES && least + length * 3 <= store.maxRecordBytes) return 'PUT_OK';
  const bytes = input.charset === 'latin1' ? length : Buffer.byteLength(input.properties, 'utf8');
  if (bytes + room > PROPERTIES_MAX_BYTES) return 'PROPERTIES_SIZE_EXCEEDED';
  return least + bytes <= store.maxRecordBytes ? 'PUT_OK' : 'MESSAGE_ILLEGAL';
}
