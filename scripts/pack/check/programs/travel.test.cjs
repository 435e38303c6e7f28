// For jest.
const client = require('@rocketmq-ts/client');
const travel = require('./travel.cjs');

test('a message travels', () => travel(client), 60_000);
