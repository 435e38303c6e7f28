import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SEND_MESSAGE_V2, UPDATE_AND_CREATE_TOPIC } from '@rocketmq-ts/protocol';
import type { IncomingRequest } from '@rocketmq-ts/remoting';
import { Creations } from '../src/metrics/creations.ts';

/** A request whose fields are counted as they are asked for: making them costs as much as reading the request did. */
function requestOf(code: number): { readonly request: IncomingRequest; asked(): number } {
  let asked = 0;
  const request = {
    code,
    get extFields() {
      asked += 1;
      return { topic: 'T' };
    },
  };
  return { request: request as unknown as IncomingRequest, asked: () => asked };
}

test('fields are asked for where a topic was made, and not of sends', () => {
  const creations = new Creations(() => false);
  const send = requestOf(SEND_MESSAGE_V2.code);
  creations.after(send.request, 0, 1);
  assert.equal(send.asked(), 0);

  const creation = requestOf(UPDATE_AND_CREATE_TOPIC.code);
  creations.after(creation.request, 0, 1);
  assert.equal(creation.asked(), 1);
  const shown: (readonly string[])[] = [];
  creations.showTopics({ value: () => assert.fail('no values'), histogram: (labels) => shown.push(labels) });
  assert.deepEqual(shown, [['success', 'false']]);
});
