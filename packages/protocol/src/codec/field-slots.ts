import type { ExtFields } from './field-values.ts';

/** A received value: the text, or already the number where the field is one and its text has the plain form. */
export type SlotValue = string | number | undefined;

/**
 * The wire keys of one table of fields with a slot for each. A header that is read straight into slots needs neither an
 * object of its texts nor a text for a number: for a send that is a third of reading its header.
 */
export class FieldSlots {
  readonly count: number;
  readonly #keys: readonly string[];
  readonly #isNumber: readonly boolean[];
  /** Slot by the character code of a key of one letter, as sends have them; −1 for none. */
  readonly #byLetter = new Int16Array(128).fill(-1);
  readonly #byKey = new Map<string, number>();
  readonly #none: readonly SlotValue[];
  /** The last short ASCII text that was read into each slot; empty before. */
  readonly known: string[];

  constructor(keys: readonly string[], isNumber: readonly boolean[]) {
    this.count = keys.length;
    this.#keys = keys;
    this.#isNumber = isNumber;
    this.#none = new Array<SlotValue>(keys.length).fill(undefined);
    this.known = new Array<string>(keys.length).fill('');
    for (const [slot, key] of keys.entries()) {
      this.#byKey.set(key, slot);
      if (key.length === 1 && key.charCodeAt(0) < 128) this.#byLetter[key.charCodeAt(0)] = slot;
    }
  }

  /** Values for a header whose fields are not read yet. */
  noValues(): SlotValue[] {
    return this.#none.slice();
  }

  /** Slot of the key that is one character; −1 for none. */
  ofLetter(character: number): number {
    return character < 128 ? this.#byLetter[character]! : -1;
  }

  /** Slot of a key; −1 for none. */
  ofKey(key: string): number {
    return this.#byKey.get(key) ?? -1;
  }

  isNumber(slot: number): boolean {
    return this.#isNumber[slot]!;
  }

  /** The fields as texts by wire key. */
  texts(values: readonly SlotValue[], others: ExtFields | undefined): ExtFields {
    const fields: Record<string, string> = {};
    for (let slot = 0; slot < this.count; slot++) {
      const value = values[slot];
      if (value !== undefined) fields[this.#keys[slot]!] = String(value);
    }
    return others === undefined ? fields : Object.assign(fields, others);
  }
}

/** Slots for the fields of requests with this code; undefined when they are not read by a table. */
export type SlotsOfCode = (code: number) => FieldSlots | undefined;
