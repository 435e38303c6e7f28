import { runProgram } from '../built/run-program.ts';

await runProgram('mqstart', () => import('../programs/mqstart.ts'));
