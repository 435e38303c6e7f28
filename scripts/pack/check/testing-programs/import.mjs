import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { Producer } from '@rocketmq-ts/client';
import { startCluster } from '@rocketmq-ts/testing';

const cluster = await startCluster({ brokers: 2, topics: { Orders: 4 }, store: 'folder' });
const producer = await cluster.producer({ producerGroup: 'shop' });
assert.ok(producer instanceof Producer);
assert.equal(createRequire(import.meta.url)('@rocketmq-ts/testing').startCluster, startCluster);
await producer.send({ topic: 'Orders', body: 'later', delayMs: 600_000 });
await cluster.advance('10m');
const [message] = await cluster.sent('Orders', { count: 1 });
await cluster.stop();
console.log(message.text());
