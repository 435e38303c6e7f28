import { Producer, PushConsumer } from '@rocketmq-ts/client';
import travel from './travel.cjs';

await travel({ Producer, PushConsumer });
