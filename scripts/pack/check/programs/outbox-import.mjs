import * as client from '@rocketmq-ts/client';
import * as sender from '@rocketmq-ts/sender';
import outbox from './outbox.cjs';

await outbox(sender, client);
