import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { javaClassPath } from '@rocketmq-ts/testkit/java';
import { type Load, withServers } from './load.ts';
import type { Target } from './options.ts';
import { bin } from './servers.ts';

const RUNS = 7;
/** What Apache's bin/mqadmin gives Java, by tools.sh. */
const TOOL_OPTIONS = ['-server', '-Xms1g', '-Xmx1g', '-Xmn256m', '-XX:MetaspaceSize=128m', '-XX:MaxMetaspaceSize=128m'];

/** How long an operator waits for a table of the cluster, from the start of the program to its end. */
export const mqadmin: Load = {
  name: 'mqadmin',
  title: 'mqadmin clusterList, from start to end of the program',
  run: (target, folder) =>
    withServers(target, { folder, flushDiskType: 'ASYNC_FLUSH', warmUpMessages: 0 }, async ({ namesrv }) => {
      const home = join(folder, 'mqadmin');
      mkdirSync(join(home, 'conf'), { recursive: true });
      const [command, args] = await tool(target, home);
      // The first run reads the program from the disk.
      await timed(command, [...args, 'clusterList', '-n', namesrv], home);
      const times: number[] = [];
      for (let run = 0; run < RUNS; run++)
        times.push(await timed(command, [...args, 'clusterList', '-n', namesrv], home));
      return { clusterListMs: times.sort((a, b) => a - b)[Math.floor(RUNS / 2)]! };
    }),
};

async function tool(target: Target, home: string): Promise<[string, string[]]> {
  if (target === 'ours') return ['sh', [join(bin, 'mqadmin')]];
  const properties = [`-Duser.home=${home}`, '-Drmq.logback.configurationFile=rmq.tools.logback.xml'];
  const main = 'org.apache.rocketmq.tools.command.MQAdminStartup';
  return ['java', [...TOOL_OPTIONS, ...properties, '-cp', await javaClassPath(), main]];
}

function timed(command: string, args: readonly string[], home: string): Promise<number> {
  const begin = performance.now();
  const environment = { ...process.env, HOME: home, ROCKETMQ_HOME: home };
  const child = spawn(command, args, { env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
  let table = '';
  child.stdout.on('data', (text) => {
    table += text;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => {
      const ms = performance.now() - begin;
      if (/broker-a/.test(table)) resolve(ms);
      else reject(new Error(`clusterList printed no broker: ${table}`));
    });
  });
}
