import { nodePlatform } from '@rocketmq-ts/kernel';
import { runMqsender } from '@rocketmq-ts/sender';
import { standardPipes } from '../pipes.ts';

process.exitCode = await runMqsender(process.argv.slice(2), {
  platform: nodePlatform,
  database: process.env.MQSENDER_DATABASE || undefined,
  ...standardPipes(),
});
