import { nodePlatform } from '@rocketmq-ts/kernel';
import { runMqsender } from '@rocketmq-ts/sender';

// The reader of the pipe may end first (`| head`): then the command ends without a message.
let open = true;
process.stdout.on('error', () => {
  open = false;
});
process.stderr.on('error', () => {});

process.exitCode = await runMqsender(process.argv.slice(2), {
  platform: nodePlatform,
  database: process.env.MQSENDER_DATABASE || undefined,
  stdout: (text) =>
    new Promise((resolve) => {
      process.stdout.write(text, (error) => resolve(open && (error === null || error === undefined)));
    }),
  stderr: (text) => void process.stderr.write(text),
});
