import { runProgram } from '../built/run-program.ts';

await runProgram('mqbroker', () => import('../programs/mqbroker.ts'));
