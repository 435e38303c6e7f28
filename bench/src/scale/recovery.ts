import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Plan } from './lay-out.ts';
import { startBroker } from './running-broker.ts';

/**
 * `sh bin/node-run bench/src/scale/recovery.ts [--gigabytes 10]`: lays a store out and measures how a broker starts on it: after
 * a clean stop, after SIGKILL, without its consume queues and without its index. The store is removed at the end.
 */
const { values } = parseArgs({ options: { gigabytes: { type: 'string', default: '10' } } });
const BODY_BYTES = 1024;
/** Body, fixed fields, topic and properties. */
const RECORD_BYTES = BODY_BYTES + 91 + 11 + 75;
const root = mkdtempSync(join(tmpdir(), 'rocketmq-ts-recovery-'));
process.on('exit', () => rmSync(root, { recursive: true, force: true }));
const store = join(root, 'store');
const plan: Plan = {
  folder: store,
  topicPrefix: 'scale-',
  topics: 100,
  queuesOfTopic: 8,
  messages: Math.floor((Number(values.gigabytes) * 2 ** 30) / RECORD_BYTES),
  oneOfToLarge: 5,
  bodyBytes: BODY_BYTES,
  keyed: true,
};
const layOutFile = new URL('lay-out.ts', import.meta.url).pathname;
execFileSync(process.execPath, [...process.execArgv, layOutFile, JSON.stringify(plan)], { stdio: 'inherit' });
console.log(`${plan.messages} messages, ${sizeOf(store)}`);

await measure('after a clean stop');
await measure('after a clean stop, a second time', 'kill');
await measure('after SIGKILL', 'kill');
rmSync(join(store, 'consumequeue'), { recursive: true });
await measure('without consumequeue/', 'kill');
rmSync(join(store, 'index'), { recursive: true, force: true });
await measure('without index/');

/** Starts a broker, reports what that took, and ends it. */
async function measure(what: string, end: 'stop' | 'kill' = 'stop'): Promise<void> {
  const broker = await startBroker(root, store);
  const status = readFileSync(`/proc/${broker.pid}/status`, 'utf8');
  const io = readFileSync(`/proc/${broker.pid}/io`, 'utf8');
  const peak = Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1]) / 1024;
  const anonymous = Number(/^RssAnon:\s+(\d+)/m.exec(status)?.[1]) / 1024;
  const read = Number(/^rchar: (\d+)/m.exec(io)?.[1]) / 2 ** 20;
  console.log(
    `${what}: ${Math.round(broker.startMillis)} ms, ${broker.startCpuMillis} ms of CPU, ${read.toFixed(1)} MiB read, ` +
      `peak ${peak.toFixed(0)} MiB resident, ${anonymous.toFixed(0)} MiB anonymous`,
  );
  await broker[end]();
}

function sizeOf(folder: string): string {
  return execFileSync('du', ['-sh', '--apparent-size', folder], { encoding: 'utf8' }).split('\t')[0]!;
}
