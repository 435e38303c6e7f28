// For vitest, with `--globals`.
import { Producer, PushConsumer } from '@rocketmq-ts/client';
import travel from './travel.cjs';

test('a message travels', () => travel({ Producer, PushConsumer }), 60_000);
