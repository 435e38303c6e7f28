import { runProgram } from '../built/run-program.ts';

await runProgram('mqshutdown', () => import('../programs/mqshutdown.ts'));
