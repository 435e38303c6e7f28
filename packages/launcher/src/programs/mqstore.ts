import { nodePlatform } from '@rocketmq-ts/kernel';
import { runMqstore } from '@rocketmq-ts/mqstore';

// The reader of the pipe may end first (`| head`): then the command ends without a message.
let open = true;
process.stdout.on('error', () => {
  open = false;
});
process.stderr.on('error', () => {});

process.exitCode = await runMqstore(process.argv.slice(2), {
  platform: nodePlatform,
  stdout: (text) =>
    new Promise((resolve) => {
      process.stdout.write(text, (error) => resolve(open && (error === null || error === undefined)));
    }),
  stderr: (text) => void process.stderr.write(text),
  terminal: process.stderr.isTTY === true,
});
