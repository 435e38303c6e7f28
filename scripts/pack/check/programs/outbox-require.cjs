const outbox = require('./outbox.cjs');

void outbox(require('@rocketmq-ts/sender'), require('@rocketmq-ts/client'));
