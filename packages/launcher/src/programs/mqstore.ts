import { nodePlatform } from '@rocketmq-ts/kernel';
import { runMqstore } from '@rocketmq-ts/mqstore';
import { standardPipes } from '../pipes.ts';

process.exitCode = await runMqstore(process.argv.slice(2), {
  platform: nodePlatform,
  ...standardPipes(),
  terminal: process.stderr.isTTY === true,
});
