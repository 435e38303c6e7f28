import { type Health, nodePlatform } from '@rocketmq-ts/kernel';
import type { ConfiguredServer, ServerInput } from '../server-process.ts';
import { spawnNodeThread } from './node-thread.ts';
import { Worker } from './worker.ts';
import { WorkerGroup } from './worker-group.ts';

/** Threads of the system that do a broker's file operations; Node gives a process as many, however many brokers it runs. */
const FILE_THREADS = 4;
const MOST_FILE_THREADS = 128;

/**
 * Several brokers of one configuration, each in a thread. `plan` names each and throws when its configuration does not hold, so
 * that this is known before the first one starts.
 */
export function buildWorkers(
  threadEntry: URL,
  input: ServerInput,
  count: number,
  plan: (index: number) => { readonly name: string },
): Pick<ConfiguredServer, 'build' | 'bootLines'> & {
  health(): Promise<Health> | undefined;
  metricsText(): AsyncIterable<string> | undefined;
} {
  const names = Array.from({ length: count }, (_, index) => plan(index).name);
  let group: WorkerGroup | undefined;
  return {
    build: (logs) => {
      // Read when the first file operation of the process needs a thread.
      process.env.UV_THREADPOOL_SIZE ??= String(Math.min(FILE_THREADS * count, MOST_FILE_THREADS));
      const logger = logs.named('broker');
      const workers = names.map(
        (name, index) =>
          new Worker({
            name,
            clock: nodePlatform.clock,
            logger,
            report: (sentence) => void process.stderr.write(`${sentence}\n`),
            spawn: (events) => spawnNodeThread(threadEntry, { input, index }, events),
            appendLog: logs.append,
          }),
      );
      group = new WorkerGroup(workers);
      return group;
    },
    health: () => group?.health(),
    metricsText: () => group?.metricsText(nodePlatform.clock),
    bootLines: () => group?.bootLines ?? [],
  };
}
