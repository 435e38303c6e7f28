import assert from 'node:assert/strict';
import { test } from 'node:test';
import { javaHashCode } from '@rocketmq-ts/kernel';
import {
  commandTable,
  compareDataVersions,
  compareMessageQueues,
  isReservedProperty,
  LanguageCode,
  languageCode,
  languageName,
  MessageProperty,
  MQVersion,
  messageQueueKey,
  Perm,
  ResponseCode,
  responseCodeName,
  versionDescription,
} from '@rocketmq-ts/protocol';
import fc from 'fast-check';
import { recorded } from './java/recorded.ts';

interface Numbers {
  readonly requestCodes: Record<string, number>;
  readonly responseCodes: Record<string, number>;
  readonly languages: Record<string, number>;
  readonly versions: string[];
  readonly reservedProperties: string[];
  readonly headers: Record<string, { readonly code: number; readonly fields: Record<string, string> }>;
}
const java = recorded<Numbers>('numbers');

test('each command has the code and name of Apache’s', () => {
  const ours = [...commandTable.values()].map(({ code, name }) => [name, code]);
  assert.deepEqual(
    ours,
    ours.map(([name]) => [name, java.requestCodes[name as string]]),
  );
});

test('the commands that the servers and tools exchange are all declared', () => {
  const codes = `10 11 12 14 15 17 18 21 25 26 28 29 30 31 32 33 34 35 36 37 38 39 40 41 42 43 45 46 100 101 102 103 104 105
    106 200 201 202 203 204 205 206 207 208 215 216 217 219 220 221 222 223 224 225 300 303 304 305 306 307 309 310 311 312
    313 314 315 316 317 318 319 320 321 322 324 325 326 327 328 329 343 345 351 352 353 361 400 401 901 904`;
  assert.deepEqual(
    codes.split(/\s+/).filter((code) => !commandTable.has(Number(code))),
    [],
  );
});

/** What we add to Apache's fields: header fields that it reads outside its header classes, and names of other versions. */
const beyondTheClass: Readonly<Record<string, readonly string[]>> = {
  QUERY_MESSAGE: ['_UNIQUE_KEY_QUERY'],
  REGISTER_BROKER: ['__ZONE_NAME'],
  DELETE_SUBSCRIPTIONGROUP: ['removeOffset'],
};

const KINDS: Readonly<Record<string, string>> = {
  String: 'string',
  int: 'int',
  Integer: 'int',
  long: 'long',
  Long: 'long',
  boolean: 'boolean',
  Boolean: 'boolean',
  BoundaryType: 'string',
};

test('each request header has the fields of Apache’s class, with their types, and requires none that it does not', () => {
  let compared = 0;
  for (const [name, header] of Object.entries(java.headers)) {
    const command = commandTable.get(header.code);
    if (command === undefined) continue;
    compared++;
    const ours = new Map(Object.entries(command.request).map(([key, field]) => [field.wireKey ?? key, field]));
    const extra = beyondTheClass[command.name] ?? [];
    assert.deepEqual(
      [...ours.keys()].filter((key) => !extra.includes(key)).sort(),
      Object.keys(header.fields).sort(),
      name,
    );
    for (const [key, type] of Object.entries(header.fields)) {
      const field = ours.get(key);
      assert.equal(field?.kind, KINDS[type.replace('!', '')], `${name}.${key}`);
    }
  }
  assert.ok(compared > 60, `${compared} header classes`);
});

test('response codes, languages, versions and reserved properties are Apache’s', () => {
  for (const [name, code] of Object.entries(java.responseCodes)) {
    assert.equal((ResponseCode as Record<string, number>)[name], code, name);
  }
  assert.deepEqual({ ...LanguageCode }, java.languages);
  assert.deepEqual(
    java.versions.map((_, ordinal) => versionDescription(ordinal)),
    java.versions,
  );
  for (const [name, ordinal] of Object.entries(MQVersion)) assert.equal(java.versions[ordinal], name);
  const reserved = Object.values(MessageProperty).filter(isReservedProperty).sort();
  assert.deepEqual(reserved, [...java.reservedProperties].sort());
});

test('undefined numbers have a text, too', () => {
  assert.equal(responseCodeName(17), 'TOPIC_NOT_EXIST');
  assert.equal(responseCodeName(99999), '99999');
  assert.equal(languageName(77), 'OTHER');
  assert.equal(languageCode('toString'), LanguageCode.OTHER);
  assert.equal(versionDescription(493), 'V5_4_0');
  assert.equal(versionDescription(100000), 'HIGHER_VERSION');
});

// Source: PermName#perm2String
test('permissions print as RWX', () => {
  assert.deepEqual([0, 1, 2, 4, 6, 7, 14].map(Perm.toString), ['---', '--X', '-W-', 'R--', 'RW-', 'RWX', 'RW-']);
  assert.deepEqual([-1, 0, 7, 8].map(Perm.isValid), [false, true, true, false]);
});

test('hash codes are those of Java', () => {
  assert.deepEqual(['', 'TagA', 'polygenelubricants', 'é値'].map(javaHashCode), [
    0,
    2598919,
    -2147483648,
    31 * 0xe9 + 0x5024,
  ]);
});

test('queues are ordered by topic, broker and number, and each has a different key', () => {
  const queue = fc.record({
    topic: fc.stringMatching(/^[%|a-zA-Z0-9_-]{1,3}$/),
    brokerName: fc.constantFrom('a', 'a@1', '1@a', 'b'),
    queueId: fc.nat(11),
  });
  fc.assert(
    fc.property(queue, queue, (a, b) => {
      const order = compareMessageQueues(a, b);
      assert.equal(order === 0, messageQueueKey(a) === messageQueueKey(b));
      assert.equal(Math.sign(compareMessageQueues(b, a)), -Math.sign(order) + 0);
    }),
  );
  assert.ok(
    compareMessageQueues({ topic: 'T', brokerName: 'b', queueId: 2 }, { topic: 'T', brokerName: 'b', queueId: 10 }) < 0,
  );
});

// Source: DataVersion#compare
test('data versions are ordered by state, counter, time', () => {
  const version = (stateVersion: number, counter: number, timestamp: number) => ({ stateVersion, counter, timestamp });
  assert.ok(compareDataVersions(version(0, 9, 9), version(1, 0, 0)) < 0);
  assert.ok(compareDataVersions(version(1, 1, 9), version(1, 2, 0)) < 0);
  assert.ok(compareDataVersions(version(1, 1, 1), version(1, 1, 2)) < 0);
  assert.equal(compareDataVersions(version(1, 1, 1), version(1, 1, 1)), 0);
});
