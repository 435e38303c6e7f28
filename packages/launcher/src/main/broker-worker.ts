import { runProgram } from '../built/run-program.ts';

await runProgram('broker-worker', () => import('../programs/broker-worker.ts'));
