import { runProgram } from '../built/run-program.ts';

await runProgram('mqstore', () => import('../programs/mqstore.ts'));
