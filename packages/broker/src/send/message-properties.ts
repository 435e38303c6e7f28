import {
  MessageProperty,
  PROPERTY_NAME_END as NAME_END,
  TRANSIENT_PROPERTY_PREFIX,
  PROPERTY_END as VALUE_END,
} from '@rocketmq-ts/protocol';

/** What the broker looks at in the properties of a message that is sent. One object is reused for all sends. */
export class PropertyScan {
  uniqueKey: string | undefined;
  tags: string | undefined;
  /** Separated by blanks. */
  keys: string | undefined;
  /** False: the producer does not wait for the disk. */
  wait = true;
  delayLevel = 0;
  isTransaction = false;
  isTimer = false;
  /** Properties that the broker writes itself, or that are never stored, are among them. */
  hasReserved = false;

  /** Looks at every property once, without building a table of them. */
  read(text: string): this {
    this.uniqueKey = undefined;
    this.tags = undefined;
    this.keys = undefined;
    this.wait = true;
    this.delayLevel = 0;
    this.isTransaction = false;
    this.isTimer = false;
    this.hasReserved = false;
    let from = 0;
    while (from < text.length) {
      let end = text.indexOf(VALUE_END, from);
      if (end < 0) end = text.length;
      const nameEnd = text.indexOf(NAME_END, from);
      if (nameEnd > from && nameEnd < end - 1) this.#take(text, from, nameEnd, end);
      from = end + 1;
    }
    return this;
  }

  #take(text: string, from: number, nameEnd: number, end: number): void {
    switch (text.charCodeAt(from)) {
      case 85: // U
        if (named(text, from, nameEnd, MessageProperty.UNIQ_CLIENT_MESSAGE_ID))
          this.uniqueKey = text.slice(nameEnd + 1, end);
        break;
      case 75: // K
        if (named(text, from, nameEnd, MessageProperty.KEYS)) this.keys = text.slice(nameEnd + 1, end);
        break;
      case 84: // T
        if (named(text, from, nameEnd, MessageProperty.TAGS)) this.tags = text.slice(nameEnd + 1, end);
        else if (named(text, from, nameEnd, MessageProperty.TRANSACTION_PREPARED))
          this.isTransaction = /^true$/i.test(text.slice(nameEnd + 1, end));
        else if (
          named(text, from, nameEnd, 'TIMER_DELIVER_MS') ||
          named(text, from, nameEnd, 'TIMER_DELAY_MS') ||
          named(text, from, nameEnd, 'TIMER_DELAY_SEC')
        )
          this.isTimer = true;
        else if (named(text, from, nameEnd, MessageProperty.TRACE_SWITCH)) this.hasReserved = true;
        break;
      case 87: // W
        if (named(text, from, nameEnd, MessageProperty.WAIT_STORE_MSG_OK))
          this.wait = !/^false$/i.test(text.slice(nameEnd + 1, end));
        break;
      case 68: // D
        if (named(text, from, nameEnd, MessageProperty.DELAY_TIME_LEVEL))
          this.delayLevel = Number.parseInt(text.slice(nameEnd + 1, end), 10) || 0;
        break;
      case 77: // M
      case 67: // C
      case 80: // P
        if (
          named(text, from, nameEnd, MessageProperty.MSG_REGION) ||
          named(text, from, nameEnd, MessageProperty.CLUSTER) ||
          named(text, from, nameEnd, 'POP_CK')
        )
          this.hasReserved = true;
        break;
      case 95: // _
        if (text.startsWith(TRANSIENT_PROPERTY_PREFIX, from)) this.hasReserved = true;
        break;
    }
  }
}

const NEVER_KEPT: readonly string[] = [
  MessageProperty.MSG_REGION,
  MessageProperty.TRACE_SWITCH,
  MessageProperty.CLUSTER,
  'POP_CK',
];

function named(text: string, from: number, nameEnd: number, name: string): boolean {
  return nameEnd - from === name.length && text.startsWith(name, from);
}

/** The text without the properties that the broker writes itself and those that are never stored. */
export function withoutReserved(text: string): string {
  return text
    .split(VALUE_END)
    .filter((piece) => {
      const name = piece.split(NAME_END, 1)[0]!;
      return piece !== '' && !NEVER_KEPT.includes(name) && !name.startsWith(TRANSIENT_PROPERTY_PREFIX);
    })
    .map((piece) => piece + VALUE_END)
    .join('');
}

/** 4.9 clients leave the last separator out; the broker appends, so it must be there. */
export function closed(text: string): string {
  return text === '' || text.charCodeAt(text.length - 1) === 2 ? text : text + VALUE_END;
}
