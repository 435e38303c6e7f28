import { Worker as NodeWorker } from 'node:worker_threads';
import type { ServerInput } from '../server-process.ts';
import type { FromWorker, ToWorker, WorkerThread, WorkerThreadEvents } from './messages.ts';

/** What a thread is started with: it plans its broker itself. */
export interface WorkerData {
  /** With the properties that all workers share. */
  readonly input: ServerInput;
  readonly index: number;
}

/** A real thread that runs the file `entry`. */
export function spawnNodeThread(entry: URL, data: WorkerData, events: WorkerThreadEvents): WorkerThread {
  const thread = new NodeWorker(entry, { workerData: data });
  let reason: string | undefined;
  thread.on('message', (message: FromWorker) => events.message(message));
  // What no handler in the thread could see, such as the end of its memory.
  thread.on('error', (error) => {
    reason = error instanceof Error ? error.message : String(error);
  });
  thread.on('exit', (code) => events.exit(reason ?? `its thread ended with code ${code}`));
  return { post: (message: ToWorker) => thread.postMessage(message) };
}
