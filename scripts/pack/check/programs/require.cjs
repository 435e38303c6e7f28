const client = require('@rocketmq-ts/client');
const travel = require('./travel.cjs');

void travel(client);
