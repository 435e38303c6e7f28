import { runDashboard } from '../dashboard/program.ts';

await runDashboard(process.argv.slice(2));
