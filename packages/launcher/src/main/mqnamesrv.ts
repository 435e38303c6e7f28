import { runProgram } from '../built/run-program.ts';

await runProgram('mqnamesrv', () => import('../programs/mqnamesrv.ts'));
