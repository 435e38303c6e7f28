/**
 * What a JSON text reads to. An object whose keys are objects themselves, fastjson's form of a map with object keys, reads
 * to a `Map` of its entries; every other object to a plain one, also when its keys are unquoted numbers (`{0:"a"}` and
 * `{"0":"a"}` are read in the same way).
 */
export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject | Map<JsonValue, JsonValue>;

/** Ask with `Object.hasOwn` before reading a member: a topic may be called `constructor`. */
export interface JsonObject {
  [name: string]: JsonValue;
}

/**
 * What can be written: null, booleans, numbers, texts, `JsonDouble`, arrays, sets, maps and plain objects of these. Null and
 * undefined members are left out. Map keys: numbers (written unquoted), texts, or objects (written raw).
 */
export type JsonInput = null | undefined | boolean | number | string | object;

/** A number that is a double in Java and is written as one: `0.0` for 0. */
export class JsonDouble {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}
