import { planWorkerThread } from '../broker-program.ts';
import { runWorker } from '../workers/worker-thread.ts';

await runWorker(planWorkerThread);
