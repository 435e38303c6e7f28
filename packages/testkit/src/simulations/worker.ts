import { parentPort, workerData } from 'node:worker_threads';
import { runShare, type SeedShare } from './run-share.ts';

parentPort!.postMessage(await runShare(workerData as SeedShare));
