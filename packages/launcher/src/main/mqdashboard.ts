import { runProgram } from '../built/run-program.ts';

await runProgram('mqdashboard', () => import('../programs/mqdashboard.ts'));
