import { PropertySlot, PropertyTable, type StoredRecord } from '@rocketmq-ts/protocol';
import { OP_TAG } from './op-messages.ts';

const COMMA = 44;
const ZERO = 48;
const properties = new PropertyTable();

/**
 * The queue offsets below `end` that an op message names: one without a comma (up to 5.0), or several with one behind each. What
 * is no number is passed over, as are records without the tag of an op message. Source: TransactionalMessageServiceImpl#fillOpRemoveMap.
 */
export function namedOffsets({ body, properties: text }: StoredRecord, end: number): number[] {
  if (properties.read(text, 'latin1').value(PropertySlot.TAGS) !== OP_TAG) return [];
  const offsets: number[] = [];
  let value = 0;
  let digits = 0;
  let isNumber = true;
  for (let at = 0; at <= body.length; at++) {
    const code = at < body.length ? body[at]! : COMMA;
    if (code !== COMMA) {
      const digit = code - ZERO;
      isNumber &&= digit >= 0 && digit <= 9;
      value = value * 10 + digit;
      digits += 1;
      continue;
    }
    if (isNumber && digits > 0 && value < end) offsets.push(value);
    value = digits = 0;
    isNumber = true;
  }
  return offsets;
}
