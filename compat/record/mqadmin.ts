/**
 * Adds recordings of Apache's mqadmin to packages/mqadmin/test/fixtures:
 *
 *   sh bin/node-run compat/record/mqadmin.ts
 *
 * Needs Linux, Java and Maven; takes about four minutes. Commands that are recorded already keep their recordings.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { javaClassPath, runJava, shortLivedJavaOptions, startJavaProgram } from '@rocketmq-ts/testkit/java';
import { startTappedCluster, type TappedCluster } from './cluster.ts';
import { Exchanges } from './mqadmin-exchanges.ts';
import { COMMAND_LINES, clusterRuns } from './mqadmin-runs.ts';

const fixtures = fileURLToPath(new URL('../../packages/mqadmin/test/fixtures', import.meta.url));
const RUN_MS = 60_000;
/** Where golden.test.ts has the name server. */
const REPLAYED_NAMESRV = '127.0.0.1:25877';

const work = mkdtempSync(join(tmpdir(), 'rocketmq-ts-mqadmin-'));
let cluster: TappedCluster | undefined;
let exchanges: Exchanges | undefined;
try {
  for (const argv of COMMAND_LINES) await record('command-line', argv, '127.0.0.1:1');
  cluster = await startTappedCluster(join(work, 'cluster'), shortLivedJavaOptions, (frame) => {
    if (frame.opener === 'mqadmin') exchanges?.add(frame);
  });
  const { broker } = cluster;
  exchanges = new Exchanges((target) => (target === 'namesrv' ? REPLAYED_NAMESRV : broker));
  await runAll(cluster);
} finally {
  await cluster?.stop();
  rmSync(work, { recursive: true, force: true });
}

/** With a producer and a consumer online while the commands run. */
async function runAll(tapped: TappedCluster): Promise<void> {
  const { namesrv, broker } = tapped;
  await mqadmin(['updateTopic', '-t', 'TopicOne', '-b', broker, '-r', '2', '-w', '2'], namesrv);
  const sent = await java('ProducerProgram', ['topic=TopicOne', 'count=6', 'mode=sync', 'tags=TagA,TagB', 'keys=key']);
  tapped.opener = 'consumer';
  const consumer = await startJavaProgram(
    'compat.PushConsumerProgram',
    [
      `namesrv=${namesrv}`,
      'topic=TopicOne',
      'group=GroupLive',
      'expression=TagA || TagB',
      'count=0',
      'timeoutMs=900000',
    ],
    { home: join(work, 'consumer') },
  );
  const clientId = (await consumer.waitForLine(/^READY/, 30_000)).split(' ')[1]!;
  await consumer.waitForLine(/^RECV/, 30_000);
  tapped.opener = 'producer';
  const producer = await startJavaProgram(
    'compat.ProducerProgram',
    [`namesrv=${namesrv}`, 'topic=TopicOne', 'group=ProducerLive', 'count=1', 'mode=sync', 'wait=yes'],
    { home: join(work, 'producer') },
  );
  await producer.waitForLine(/^SENT/, 30_000);
  // Counters are read in steps of ten seconds.
  await new Promise((resolve) => setTimeout(resolve, 22_000));
  const [, msgId = '', offsetMsgId = ''] = /^SENT (\S+) (\S+)/m.exec(sent) ?? [];
  for (const run of clusterRuns({ broker, clientId, msgId, offsetMsgId })) {
    tapped.opener = 'mqadmin';
    await record('cluster', run.argv, namesrv, run.name);
  }
  await consumer.stop();
  await producer.stop();
}

function java(main: string, args: readonly string[]): Promise<string> {
  const { namesrv } = cluster!;
  cluster!.opener = 'client';
  return runJava(`compat.${main}`, [`namesrv=${namesrv}`, ...args], { home: join(work, 'client') }).then((result) => {
    if (result.code !== 0) throw new Error(result.output);
    return result.output;
  });
}

async function record(folder: string, argv: readonly string[], namesrv: string, name = nameOf(argv)): Promise<void> {
  const file = join(fixtures, folder, `${name}.json`);
  if (existsSync(file)) return;
  exchanges?.take();
  const nowMs = Date.now();
  const run = await mqadmin(argv, namesrv);
  const pairs = folder === 'cluster' ? { exchanges: exchanges!.take() } : { exchanges: [] };
  writeFileSync(file, `${JSON.stringify({ argv, nowMs, ...run, ...pairs }, undefined, 1)}\n`);
  console.log(`${argv.join(' ')}: ${run.exitCode}, ${run.stdout.length} characters`);
}

function nameOf(argv: readonly string[]): string {
  return argv
    .join('-')
    .replaceAll(/[^0-9A-Za-z]+/g, '-')
    .slice(0, 120);
}

/** One run, as from a shell; without the frames of stack traces. */
async function mqadmin(
  argv: readonly string[],
  namesrv: string,
): Promise<{ readonly exitCode: number; readonly stdout: string; readonly stderr: string }> {
  const home = join(work, 'mqadmin');
  mkdirSync(home, { recursive: true });
  const program = spawn(
    'java',
    [
      ...[...shortLivedJavaOptions, `-Duser.home=${home}`, '-Drmq.logback.configurationFile=rmq.tools.logback.xml'],
      ...['-cp', await javaClassPath(), 'org.apache.rocketmq.tools.command.MQAdminStartup', ...argv],
    ],
    { cwd: home, env: { ...process.env, TZ: 'UTC', NAMESRV_ADDR: namesrv, ROCKETMQ_HOME: home, HOME: home } },
  );
  let [stdout, stderr] = ['', ''];
  program.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  program.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const timer = setTimeout(() => program.kill('SIGKILL'), RUN_MS);
  const exitCode = await new Promise<number>((resolve) => program.on('close', (code) => resolve(code ?? 137)));
  clearTimeout(timer);
  return { exitCode, stdout, stderr: stderr.replaceAll(/^\t(at |\.\.\. ).*\n/gm, '') };
}
