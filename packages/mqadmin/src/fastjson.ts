import { type JsonInput, writeJson } from '@rocketmq-ts/admin';
import { hashOrder } from './java-text.ts';

/** JSON as fastjson prints it for people: a member a line, tabs, and three lines for an empty object. */
export function prettyJson(value: JsonInput): string {
  return writeJson(value, { pretty: true }).replace(
    /^(\t*)("(?:[^"\\]|\\.)*":)?\{\}(,?)$/gm,
    (_, indent: string, name: string | undefined, comma: string) =>
      `${indent}${name ?? ''}{\n${indent}\t\n${indent}}${comma}`,
  );
}

/** A map as Java's HashMap lists it. */
export function hashMap<Value>(entries: Iterable<readonly [string, Value]>): Map<string, Value> {
  const table = new Map(entries);
  return new Map(hashOrder(table.keys()).map((key) => [key, table.get(key)!]));
}
