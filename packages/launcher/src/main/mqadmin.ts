import { runProgram } from '../built/run-program.ts';

await runProgram('mqadmin', () => import('../programs/mqadmin.ts'));
