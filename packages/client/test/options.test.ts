import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type ClientKind,
  clientKinds,
  Producer,
  PullConsumer,
  PushConsumer,
  TransactionProducer,
} from '@rocketmq-ts/client';
import { resolveConsumerOptions } from '../src/consumer/consumer-options.ts';
import { resolvePullConsumerOptions } from '../src/consumer/lite-pull/pull-consumer-options.ts';
import { resolveClientOptions } from '../src/options.ts';
import { resolveProducerOptions } from '../src/producer/producer-options.ts';
import { resolveTransactionOptions } from '../src/transaction/transaction-options.ts';

const base = { namesrvAddr: '127.0.0.1:9876' };
const check = async () => undefined;
const ofProducer = { ...base, producerGroup: 'g' };
const ofConsumer = { ...base, consumerGroup: 'g' };
const make = {
  Producer: (options: object) => new Producer({ ...ofProducer, ...options }),
  TransactionProducer: (options: object) => new TransactionProducer({ ...ofProducer, check, ...options }),
  PushConsumer: (options: object) => new PushConsumer({ ...ofConsumer, ...options }),
  PullConsumer: (options: object) => new PullConsumer({ ...ofConsumer, ...options }),
};

/** Settings of each kind of client that was given no options, by option name. */
function defaultsOf(kind: keyof typeof clientKinds): Record<string, unknown> {
  if (kind === 'PushConsumer') return { ...resolveConsumerOptions(ofConsumer) };
  if (kind === 'PullConsumer') {
    const settings = resolvePullConsumerOptions(ofConsumer);
    return { ...settings, consumeMaxSpan: settings.consumeConcurrentlyMaxSpan };
  }
  const { send, ...settings } = resolveProducerOptions(ofProducer);
  return { ...settings, ...send, ...resolveTransactionOptions({ ...ofProducer, check }) };
}

for (const kind of Object.keys(clientKinds) as (keyof typeof clientKinds)[]) {
  const { properties, options } = clientKinds[kind] as ClientKind;

  test(`${kind}: every option that a property of the Java class is mapped to exists and has the default that the table says`, () => {
    const defaults = defaultsOf(kind);
    let compared = 0;
    for (const [name, { option, javaDefault, default: own, note }] of Object.entries(properties)) {
      if (option === undefined) {
        assert.ok(note !== undefined && note.length > 5, `${name} says why it is not there`);
        continue;
      }
      const isOfOthers = /^Of (producers|consumers)\.$/.test(note ?? '') && !Object.hasOwn(options, option);
      assert.ok(isOfOthers || Object.hasOwn(options, option), `${name} is mapped to ${option}`);
      const expected = own ?? javaDefault;
      if (!Object.hasOwn(defaults, option) || expected === '*' || expected === '') continue;
      if (typeof defaults[option] === 'object' || typeof defaults[option] === 'function') continue;
      assert.equal(String(defaults[option] ?? 'null'), expected, `${name}, which is ${option}`);
      compared++;
    }
    assert.ok(compared >= 12, `${compared} defaults were compared`);
  });

  test(`${kind}: a mistyped option is refused with the nearest name, one of the Java class with its name here`, () => {
    const refused = (options: object, text: RegExp): void =>
      assert.throws(() => make[kind](options), { code: 'OPTION_UNKNOWN', message: text });
    refused({ namesrvAdr: 'x' }, /has no option namesrvAdr\. Did you mean namesrvAddr\?/);
    refused({ requestTimeOutMs: 1 }, /Did you mean requestTimeoutMs\?/);
    refused({ instancename: 'x' }, /Did you mean instanceName\?/);
    refused({ mqClientApiTimeout: 1 }, /here it is called requestTimeoutMs/);
    refused({ socksProxyConfig: {} }, /No proxies/);
    refused({ qqqqqqqqqqqqqqqqq: 1 }, /has no option q+\. Use/);
    refused({ toString: 1 }, /has no option toString/);
  });

  test(`${kind}: a value of another kind is refused, and names the option`, () => {
    for (const wrong of [
      { instanceName: 7 },
      { unitMode: 'yes' },
      { requestTimeoutMs: '3000' },
      { requestTimeoutMs: Number.NaN },
      { requestTimeoutMs: 0.5 },
      { hooks: 'none' },
      { credentials: 'secret' },
      { namesrvAddr: 9876 },
      { namesrvAddr: [9876] },
      { namesrvAddr: ['127.0.0.1'] },
      { platform: null },
    ]) {
      const [name] = Object.keys(wrong);
      assert.throws(() => make[kind](wrong), { code: 'OPTION_ILLEGAL', message: new RegExp(name!) });
    }
    for (const none of [undefined, null, 7, 'text'])
      assert.throws(() => new PushConsumer(none as never), { code: 'OPTION_ILLEGAL' });
  });
}

test('an option without a value is as if it were not there', () => {
  assert.doesNotThrow(() => make.Producer({ sendTimeoutMs: undefined, tls: undefined, topics: undefined }));
});

test('name servers are given as a text or an array of texts', () => {
  const both = ['a:1', 'b:2', 'c:3'];
  assert.deepEqual(resolveClientOptions({ namesrvAddr: 'a:1;b:2;c:3' }).nameServers, both);
  assert.deepEqual(resolveClientOptions({ namesrvAddr: ['a:1', 'http://b:2', ' c:3'] }).nameServers, both);
  assert.deepEqual(resolveClientOptions({ namesrvAddr: ['a:1;b:2', 'c:3'] }).nameServers, both);
  assert.throws(() => resolveClientOptions({ namesrvAddr: [] }), { code: 'NO_NAME_SERVER' });
  assert.equal(resolveClientOptions({ namesrvAddr: ['http://MQ_INST_a_b.h:1'] }).namespace, 'MQ_INST_a_b');
});

test('with TLS the certificates of servers are checked unless that is switched off', () => {
  const tlsOf = (tls: object | boolean | undefined) => resolveClientOptions({ ...base, tls }).tls;
  assert.equal(tlsOf(undefined), undefined);
  assert.equal(tlsOf(false), undefined);
  assert.deepEqual(tlsOf(true), { rejectUnauthorized: true });
  assert.deepEqual(tlsOf({}), { rejectUnauthorized: true });
  assert.deepEqual(tlsOf({ caPem: 'x' }), { rejectUnauthorized: true, caPem: 'x' });
  assert.deepEqual(tlsOf({ rejectUnauthorized: false }), { rejectUnauthorized: false });
});

test('credentials sign what other hooks have added, and the body', () => {
  const credentials = { accessKey: 'rocketmq', secretKey: '12345678', securityToken: 'token' };
  const { hooks } = resolveClientOptions({ ...base, namespaceV2: 'n', credentials });
  const fields: Record<string, string> = { topic: 'T' };
  for (const hook of hooks) hook('address', 10, fields, Buffer.from('body'));
  assert.deepEqual(Object.keys(fields).sort(), ['AccessKey', 'SecurityToken', 'Signature', 'ns', 'nsd', 'topic']);
  const unsigned: Record<string, string> = { topic: 'T' };
  for (const hook of resolveClientOptions({ ...base, namespaceV2: 'm', credentials }).hooks)
    hook('address', 10, unsigned, Buffer.from('body'));
  assert.notEqual(unsigned.Signature, fields.Signature);
});
