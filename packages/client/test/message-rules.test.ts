import assert from 'node:assert/strict';
import { randomFillSync } from 'node:crypto';
import { test } from 'node:test';
import { ClientError, type ClientErrorCode, type Message } from '@rocketmq-ts/client';
import { parseTagExpression } from '@rocketmq-ts/filter';
import { inflateBody, MessageProperty, MessageSysFlag, parseMessageProperties } from '@rocketmq-ts/protocol';
import { type OutgoingMessage, prepareBatch, prepareMessage } from '../src/message/outgoing.ts';
import { resolveSendOptions } from '../src/producer/producer-options.ts';
import { encodeBatch, encodeSingle } from '../src/producer/send-request.ts';

const LIMIT = 4 * 1024 * 1024;
const prepare = (changes: object, limit = LIMIT): OutgoingMessage =>
  prepareMessage({ topic: 'T', body: 'x', ...changes } as Message, limit);
const sent = (changes: object): ReadonlyMap<string, string> => parseMessageProperties(prepare(changes).propertyText);

function refused(changes: object, reason: RegExp, code: ClientErrorCode = 'MESSAGE_ILLEGAL'): void {
  const check = (error: unknown): boolean => {
    assert.ok(error instanceof ClientError && error.code === code, String(error));
    assert.match(error.message, reason);
    return true;
  };
  assert.throws(() => prepare(changes), check);
  assert.throws(
    () =>
      prepareBatch(
        [
          { topic: 'T', body: 'x' },
          { topic: 'T', body: 'x', ...changes },
        ],
        LIMIT,
      ),
    check,
  );
}

// Source: IndexService#buildIndex, which takes the keys apart at spaces.
test('a key that would not be found as it was given is refused with the reason', () => {
  refused({ keys: ['order 1'] }, /the key "order 1": a space separates keys/);
  refused({ keys: ['a', ' b'] }, /the key " b"/);
  refused({ keys: [''] }, /empty or blank/);
  refused({ keys: ['a', ' '] }, /empty or blank/);
  refused({ keys: ' ' }, /keys of blanks only/);
  refused({ keys: '\t\n' }, /keys of blanks only/);
  refused({ keys: ['a\u0001b'] }, /control character/);
  refused({ keys: 'a\u0002' }, /control character/);
  refused({ keys: ['a\ud800'] }, /half a surrogate pair/);
  refused({ keys: [7] }, /a key that is no text/);
  refused({ keys: [null] }, /a key that is no text/);
  refused({ keys: 7 }, /neither a text nor a list/);
  refused({ keys: new Set(['a']) }, /neither a text nor a list/);
});

test('a unique key that could not travel as it was given is refused', () => {
  for (const uniqueKey of ['', 'a b', 'a\n', 'x'.repeat(65), 7, null]) refused({ uniqueKey }, /a uniqueKey that is no/);
  refused({ uniqueKey: 'a\u0001' }, /control character/);
  assert.equal(sent({ uniqueKey: 'order-1' }).get('UNIQ_KEY'), 'order-1');
});

test('keys that can be found travel as they are: a list, or a text with spaces between them', () => {
  assert.equal(sent({ keys: ['a', 'b|c', 'ключ', 'a#b'] }).get('KEYS'), 'a b|c ключ a#b');
  assert.equal(sent({ keys: 'a b' }).get('KEYS'), 'a b');
  for (const none of [undefined, '', []]) assert.equal(sent({ keys: none }).has('KEYS'), false);
});

// Source: FilterAPI#buildSubscriptionData.
test('a tag that no subscription can name is refused, any other can be subscribed', () => {
  refused({ tags: 'a||b' }, /no subscription can name it, since \|\| separates tags/);
  refused({ tags: ' a' }, /blanks around tags are dropped/);
  refused({ tags: 'a\t' }, /blanks around tags are dropped/);
  refused({ tags: ' ' }, /blanks around tags are dropped/);
  refused({ tags: 'a\u0001b' }, /control character/);
  refused({ tags: '\udc00' }, /half a surrogate pair/);
  refused({ tags: 5 }, /a tag that is no text/);
  refused({ tags: ['a'] }, /a tag that is no text/);
  for (const tag of ['a', 'a b', 'a|b', '|', '标签', '\u3000']) {
    assert.equal(sent({ tags: tag }).get('TAGS'), tag);
    assert.ok(parseTagExpression(`${tag} || other`).tags.has(tag), tag);
  }
});

test('properties are texts under names that are free', () => {
  refused({ properties: { UNIQ_KEY: 'mine' } }, /reserved/);
  refused({ properties: { KEYS: 'a' } }, /reserved/);
  refused({ properties: { DELAY: '3' } }, /reserved/);
  refused({ properties: { a: ' ' } }, /without name or value/);
  refused({ properties: { ' ': 'a' } }, /without name or value/);
  refused({ properties: { '': 'a' } }, /without name or value/);
  refused({ properties: { a: 1 } }, /a property "a" that is no text/);
  refused({ properties: { a: undefined } }, /no text/);
  refused({ properties: { 'a\u0001b': 'c' } }, /control character/);
  refused({ properties: { a: 'b\u0002c' } }, /control character/);
  refused({ properties: new Map([['a', 'b']]) }, /no plain object/);
  refused({ properties: 'a' }, /no plain object/);
  refused({ properties: null }, /no plain object/);
  const properties = JSON.parse('{"__proto__":"x","constructor":"y","a b":"c=d"}');
  assert.deepEqual(
    [...sent({ properties })].filter(([name]) => name !== 'WAIT'),
    [
      ['__proto__', 'x'],
      ['constructor', 'y'],
      ['a b', 'c=d'],
    ],
  );
});

test('properties that no record can hold are refused, up to the last byte', () => {
  const empty = Buffer.byteLength(prepare({ properties: { a: 'b' } }).propertyText) - 1;
  const room = 32_767 - 42 - empty;
  prepare({ properties: { a: 'x'.repeat(room) } });
  refused({ properties: { a: 'x'.repeat(room + 1) } }, /32768 bytes together/);
  refused({ properties: { a: '标'.repeat(11_000) } }, /more than the 32767/);
});

test('numbers that are none are refused by name', () => {
  for (const bad of [Number.NaN, -1, 1.5, '3', Number.POSITIVE_INFINITY]) {
    assert.throws(() => prepare({ delayLevel: bad }), /delayLevel/);
    assert.throws(() => prepare({ delayMs: bad }), /delayMs/);
    assert.throws(() => prepare({ deliverAt: bad }), /deliverAt/);
  }
  refused({ deliverAt: new Date(Number.NaN) }, /deliverAt NaN/);
  refused({ deliverAt: new Date(-1) }, /deliverAt -1/);
  refused({ delayMs: Symbol('x') }, /delayMs Symbol/);
  for (const bad of [Number.NaN, 1.5, 2 ** 32, '1']) refused({ flag: bad }, /no 32-bit number/);
  assert.equal(prepare({ flag: 0xffffffff }).flag, -1);
  assert.equal(sent({ delayLevel: 0 }).has(MessageProperty.DELAY_TIME_LEVEL), false);
  assert.equal(sent({ delayLevel: 3 }).get(MessageProperty.DELAY_TIME_LEVEL), '3');
});

test('a message has at most one kind of delay', () => {
  refused({ delayLevel: 3, delayMs: 10 }, /delayLevel and delayMs, of which a message takes only one/);
  refused({ delayMs: 10, deliverAt: 10 }, /delayMs and deliverAt/);
  refused({ delayLevel: 1, delayMs: 10, deliverAt: 10 }, /delayLevel and delayMs and deliverAt/);
  assert.equal(sent({ delayLevel: 0, delayMs: 10 }).get(MessageProperty.TIMER_DELAY_MS), '10');
  assert.equal(sent({ deliverAt: 1700000000123 }).get(MessageProperty.TIMER_DELIVER_MS), '1700000000123');
  assert.equal(sent({ deliverAt: new Date(1700000000123) }).get(MessageProperty.TIMER_DELIVER_MS), '1700000000123');
  assert.equal(prepare({ delayMs: 0 }).delayed, true);
  assert.equal(prepare({ deliverAt: new Date(0) }).delayed, true);
});

test('what is no message, and names that no broker takes, are refused', () => {
  for (const bad of [undefined, null, 'text', 7]) {
    assert.throws(() => prepareMessage(bad as never, LIMIT), /A message is an object/);
  }
  for (const topic of ['', ' ', 'a b', 'a\u0001', 'a\n', 'a/b', 'x'.repeat(128), undefined, 7, 'SCHEDULE_TOPIC_XXXX']) {
    refused({ topic }, /./, 'NAME_ILLEGAL');
  }
  refused({ body: undefined }, /no body/);
  refused({ body: '' }, /empty body/);
  refused({ body: new Uint8Array() }, /empty body/);
  refused({ body: 7 }, /no body/);
});

test('a body that compression makes larger travels as it is, at the limit too', () => {
  const settings = resolveSendOptions({});
  let key = 0;
  const encode = (body: Uint8Array | string, changes = {}) =>
    encodeSingle(prepare({ body }), () => `K${key++}`, resolveSendOptions(changes));
  for (const compressType of ['ZLIB', 'LZ4', 'ZSTD'] as const) {
    const random = randomFillSync(Buffer.alloc(compressType === 'ZLIB' ? LIMIT : 100_000));
    const plain = encode(random, { compressType });
    assert.equal(plain.body.length, random.length, compressType);
    assert.equal(plain.sysFlag, 0);
    assert.equal(Buffer.compare(plain.body, random), 0);
    const shrinking = encode('abc'.repeat(10_000), { compressType });
    assert.ok(shrinking.body.length < 1000 && shrinking.sysFlag !== 0);
    assert.equal(inflateBody(compressType, shrinking.body).toString(), 'abc'.repeat(10_000));
  }
  assert.equal(encode('abc').sysFlag & MessageSysFlag.COMPRESSED, 0);
  assert.throws(() => prepare({ body: Buffer.alloc(LIMIT + 1) }), /4194305 bytes, more than maxMessageBytes 4194304/);
  assert.equal(settings.maxMessageBytes, LIMIT);
});

test('a batch is measured as it travels, before it waits', () => {
  const part = { topic: 'T', body: 'x'.repeat(100), keys: ['ключ'] };
  const parts = [part, part, part];
  const settings = resolveSendOptions({});
  const bytes = encodeBatch(prepareBatch(parts, LIMIT), () => 'K'.repeat(32), settings).body.length;
  prepareBatch(parts, bytes);
  assert.throws(
    () => prepareBatch(parts, bytes - 1),
    new RegExp(`has ${bytes} bytes, more than maxMessageBytes ${bytes - 1}`),
  );
});
