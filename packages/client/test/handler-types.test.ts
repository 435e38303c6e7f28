import assert from 'node:assert/strict';
import { test } from 'node:test';
import type {
  ConsumeBatch,
  ConsumeContext,
  ConsumeMessage,
  ConsumeOrderly,
  ConsumeOrderlyContext,
  LocalTransaction,
  MessageExt,
  TransactionCheck,
  TransactionMessage,
} from '@rocketmq-ts/client';

/** What compiles here is as much the test as what runs. */
const message = {} as MessageExt;
const context = {} as ConsumeContext;
const ordered = {} as ConsumeOrderlyContext;

test('a listener returns a status as a plain literal, from an async function as from any other', async () => {
  const listeners: readonly ConsumeMessage[] = [
    async () => 'CONSUME_SUCCESS',
    () => 'CONSUME_SUCCESS',
    () => Promise.resolve('CONSUME_SUCCESS'),
    async (got) => {
      if (got === message) return 'CONSUME_SUCCESS';
      return 'RECONSUME_LATER';
    },
    async (got, { signal }) => (got === message && signal === undefined ? 'CONSUME_SUCCESS' : 'RECONSUME_LATER'),
    (got) => (got === message ? 'CONSUME_SUCCESS' : Promise.resolve('RECONSUME_LATER')),
  ];
  for (const listener of listeners) assert.equal(await listener(message, context), 'CONSUME_SUCCESS');
  const batch: ConsumeBatch = async ([first]) => (first === message ? 'CONSUME_SUCCESS' : undefined);
  assert.equal(await batch([message], context), 'CONSUME_SUCCESS');
  const orderly: readonly ConsumeOrderly[] = [async () => 'SUCCESS', (_messages, _call) => 'SUCCESS'];
  for (const listener of orderly) assert.equal(await listener([message], ordered), 'SUCCESS');
});

test('a listener may return nothing, and no other word than a status', async () => {
  const silent: readonly ConsumeMessage[] = [async () => {}, () => {}, () => undefined, async () => undefined];
  for (const listener of silent) assert.equal(await listener(message, context), undefined);
  // @ts-expect-error not a status
  const wrong: ConsumeMessage = async () => 'CONSUME_SUCESS';
  // @ts-expect-error that of an ordered listener
  const other: ConsumeMessage = () => 'SUCCESS';
  // @ts-expect-error the promise of a number
  const count: ConsumeMessage = async () => 1;
  // @ts-expect-error the same
  const ordinal: ConsumeOrderly = async () => 'CONSUME_SUCCESS';
  assert.equal([wrong, other, count, ordinal].length, 4);
});

test('local transactions and checks answer at once or by a promise', async () => {
  const half = {} as TransactionMessage;
  const works: readonly LocalTransaction[] = [
    async () => 'COMMIT',
    () => 'COMMIT',
    ({ transactionId }) => (transactionId === undefined ? 'COMMIT' : 'ROLLBACK'),
  ];
  for (const work of works) assert.equal(await work(half), 'COMMIT');
  const checks: readonly TransactionCheck[] = [async () => {}, () => {}, () => undefined];
  for (const check of checks) assert.equal(await check(message), undefined);
  // @ts-expect-error Apache's word for it
  const wrong: TransactionCheck = async () => 'COMMIT_MESSAGE';
  assert.equal(typeof wrong, 'function');
});
