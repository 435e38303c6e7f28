import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import {
  DELETE_SUBSCRIPTIONGROUP,
  DELETE_TOPIC_IN_BROKER,
  GET_TOPIC_CONFIG,
  ResponseCode,
  UPDATE_AND_CREATE_SUBSCRIPTIONGROUP,
  UPDATE_AND_CREATE_TOPIC,
} from '@rocketmq-ts/protocol';
import { type Caller, Stage } from './stage.ts';

let stage: Stage;
let caller: Caller;
beforeEach(async () => {
  stage = new Stage();
  await stage.broker();
  caller = await stage.caller();
});
afterEach(() => stage.dispose());

/** What a start would find now, while the disk takes half a second for each sync of the file. */
const saved = (name: string) => stage.saved(name);
const slow = (path: string): void =>
  stage.machine().disk.faults.add({ operation: 'sync', path, delayMs: 500, times: 100 });

// Source: TopicConfigManager#updateTopicConfig persists before the processor answers.
test('a topic is in its file when the request that made, changed or deleted it is answered', async () => {
  slow('topics.json');
  const topic = { topic: 'New', readQueueNums: 3, writeQueueNums: 3, perm: 6 };
  assert.equal((await caller.request(UPDATE_AND_CREATE_TOPIC, topic)).code, 0);
  assert.equal(saved('topics').topicConfigTable.New.readQueueNums, 3);
  assert.equal((await caller.request(UPDATE_AND_CREATE_TOPIC, { ...topic, readQueueNums: 5 })).code, 0);
  assert.equal(saved('topics').topicConfigTable.New.readQueueNums, 5);
  assert.equal((await caller.request(DELETE_TOPIC_IN_BROKER, { topic: 'New' })).code, 0);
  assert.equal(saved('topics').topicConfigTable.New, undefined);
});

test('a group is in its file when the request that made or deleted it is answered', async () => {
  slow('subscriptionGroup.json');
  const body = Buffer.from('{"groupName":"new","retryMaxTimes":5}');
  assert.equal((await caller.request(UPDATE_AND_CREATE_SUBSCRIPTIONGROUP, {}, { body })).code, 0);
  assert.equal(saved('subscriptionGroup').subscriptionGroupTable.new.retryMaxTimes, 5);
  assert.equal((await caller.request(DELETE_SUBSCRIPTIONGROUP, { groupName: 'new' })).code, 0);
  assert.equal(saved('subscriptionGroup').subscriptionGroupTable.new, undefined);
});

test('a change whose file can not be written is in force, and its answer names the failure', async () => {
  stage.machine().disk.faults.add({ operation: 'write', path: 'topics.json', code: 'ENOSPC', times: 100 });
  const topic = { topic: 'New', readQueueNums: 3, writeQueueNums: 3, perm: 6 };
  const answer = await caller.request(UPDATE_AND_CREATE_TOPIC, topic);
  assert.equal(answer.code, ResponseCode.SYSTEM_ERROR);
  assert.match(answer.remark ?? '', /in force but could not be saved: ENOSPC.*tried again/);
  assert.equal(stage.log.with('could not be saved').length, 1);
  assert.equal((await caller.request(GET_TOPIC_CONFIG, { topic: 'New' })).code, 0);
  stage.machine().disk.faults.clear();
  // The same once more saves it.
  assert.equal((await caller.request(UPDATE_AND_CREATE_TOPIC, topic)).code, 0);
  assert.equal(saved('topics').topicConfigTable.New.readQueueNums, 3);
});
