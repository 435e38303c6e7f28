import type { Health } from '@rocketmq-ts/kernel';

/** What a worker's thread reports to the process. */
export type FromWorker =
  /** A finished line for the file of a logger's name. */
  | { readonly kind: 'log'; readonly name: string; readonly line: string; readonly atOnce: boolean }
  /** A sentence for the console. */
  | { readonly kind: 'report'; readonly sentence: string }
  | { readonly kind: 'started'; readonly bootLine: string }
  /** The start failed; the thread ends. */
  | { readonly kind: 'failed'; readonly line: string }
  /** It was asked to stop and has; `problem`: what failed on the way. */
  | { readonly kind: 'stopped'; readonly problem: string | undefined }
  | { readonly kind: 'health'; readonly health: Health }
  /** What it shows to those who collect metrics. */
  | { readonly kind: 'metrics'; readonly text: string };

/** What the process asks of a worker's thread. */
export type ToWorker = { readonly kind: 'stop' } | { readonly kind: 'health' } | { readonly kind: 'metrics' };

/** A running thread, as the group of workers sees it. */
export interface WorkerThread {
  post(message: ToWorker): void;
}

/** What a thread reports to the group. */
export interface WorkerThreadEvents {
  message(message: FromWorker): void;
  /** Called once: the thread has ended; `reason` names what it ended on, as far as that is known. */
  exit(reason: string): void;
}
