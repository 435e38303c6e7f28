import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { ClientError, Producer, PushConsumer } from '@rocketmq-ts/client';
import travel from './travel.cjs';

// Both ways lead to the same classes: instanceof works across a program that uses both.
const required = createRequire(import.meta.url)('@rocketmq-ts/client');
assert.equal(required.Producer, Producer);
assert.equal(required.ClientError, ClientError);
assert.deepEqual(Object.keys(required).sort(), Object.keys(await import('@rocketmq-ts/client')).sort());

await travel({ Producer, PushConsumer });
