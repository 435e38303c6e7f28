import { nodePlatform } from '@rocketmq-ts/kernel';
import { runMqadmin } from '@rocketmq-ts/mqadmin';
import { openLogs } from '../logs.ts';
import { toolEnvironment } from '../tool-environment.ts';

const isSystemProperty = (word: string): boolean => word.startsWith('-D') && word.includes('=');
const argv = process.argv.slice(2);
const { environment, tls } = toolEnvironment(argv.filter(isSystemProperty));
const logs = openLogs('tools', environment.userHome);
const interrupted = new AbortController();
process.once('SIGINT', () => interrupted.abort());
process.once('SIGTERM', () => interrupted.abort());
process.stdout.on('error', () => interrupted.abort());

process.exitCode = await runMqadmin(
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
await logs.close();
