import assert from 'node:assert/strict';
import { test } from 'node:test';
import { namespaceOfAddress, withNamespace, withoutNamespace } from '../src/index.ts';

const NS = 'MQ_INST_1';

// Source: NamespaceUtil; the same cases as its own test.
test('names are put into a namespace once, behind the prefix of retries and dead letters', () => {
  for (const [name, wrapped] of [
    ['Topic', 'MQ_INST_1%Topic'],
    ['%RETRY%Group', '%RETRY%MQ_INST_1%Group'],
    ['%DLQ%Group', '%DLQ%MQ_INST_1%Group'],
    ['MQ_INST_1%Topic', 'MQ_INST_1%Topic'],
    ['%RETRY%MQ_INST_1%Group', '%RETRY%MQ_INST_1%Group'],
    ['MQ_INST_2%Topic', 'MQ_INST_1%MQ_INST_2%Topic'],
  ] as const) {
    assert.equal(withNamespace(name, NS), wrapped);
    assert.equal(withNamespace(wrapped, NS), wrapped);
  }
});

test('names of the system, and all without a namespace, stay as they are', () => {
  for (const name of ['TBW102', 'RMQ_SYS_TRACE_TOPIC', 'rmq_sys_anything', 'CID_RMQ_SYS_TRANS', '']) {
    assert.equal(withNamespace(name, NS), name);
  }
  for (const none of [undefined, '']) {
    assert.equal(withNamespace('Topic', none), 'Topic');
    assert.equal(withoutNamespace('MQ_INST_1%Topic', none), 'MQ_INST_1%Topic');
  }
});

test('names are taken out of their own namespace only', () => {
  assert.equal(withoutNamespace('MQ_INST_1%Topic', NS), 'Topic');
  assert.equal(withoutNamespace('%RETRY%MQ_INST_1%Group', NS), '%RETRY%Group');
  assert.equal(withoutNamespace('%DLQ%MQ_INST_1%Group', NS), '%DLQ%Group');
  assert.equal(withoutNamespace('MQ_INST_2%Topic', NS), 'MQ_INST_2%Topic');
  assert.equal(withoutNamespace('%RETRY%MQ_INST_11%Group', NS), '%RETRY%MQ_INST_11%Group');
  assert.equal(withoutNamespace('Topic', NS), 'Topic');
});

// Source: NameServerAddressUtils#validateInstanceEndpoint, #parseInstanceIdFromEndpoint.
test('an address list may name a namespace by itself', () => {
  assert.equal(namespaceOfAddress('http://MQ_INST_123_abc.mq.example.com:80'), 'MQ_INST_123_abc');
  assert.equal(namespaceOfAddress('MQ_INST_123_abc.mq.example.com:80'), 'MQ_INST_123_abc');
  assert.equal(namespaceOfAddress('127.0.0.1:9876'), undefined);
  assert.equal(namespaceOfAddress('MQ_INST_123.example.com:80'), undefined);
});
