import { nodePlatform } from '@rocketmq-ts/kernel';
import { FAILED, runMqadmin } from '@rocketmq-ts/mqadmin';
import { openLogs } from '../logs.ts';
import { toolEnvironment } from '../tool-environment.ts';

const isSystemProperty = (word: string): boolean => word.startsWith('-D') && word.includes('=');
const argv = process.argv.slice(2);
const { environment, tls } = toolEnvironment(argv.filter(isSystemProperty));
const logs = openLogs('tools', environment.userHome);
const interrupted = new AbortController();
process.once('SIGINT', () => interrupted.abort());
process.once('SIGTERM', () => interrupted.abort());
let isLost = false;
process.stdout.once('error', (error: NodeJS.ErrnoException) => {
  interrupted.abort();
  // `| head` has read what it wants; a full disk has not got what it should.
  if (error.code === 'EPIPE') return;
  isLost = true;
  process.exitCode = FAILED;
  process.stderr.write(`The output could not be written: ${error.message}\n`);
});
process.stdout.on('error', () => {});

const exitCode = await runMqadmin(
  argv.filter((word) => !isSystemProperty(word)),
  {
    platform: nodePlatform,
    env: { ...process.env, ROCKETMQ_HOME: environment.home, NAMESRV_ADDR: environment.namesrvAddr },
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void process.stderr.write(text),
    signal: interrupted.signal,
    addressServer: environment.addressServer,
    logger: logs.named('tools'),
    tls,
  },
);
process.exitCode = isLost ? FAILED : exitCode;
await logs.close();
