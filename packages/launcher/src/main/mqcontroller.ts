import { runProgram } from '../built/run-program.ts';

await runProgram('mqcontroller', () => import('../programs/mqcontroller.ts'));
