import { brokerProgram } from '../broker-program.ts';
import { runServer } from '../server-process.ts';

await runServer(brokerProgram(new URL('../main/broker-worker.ts', import.meta.url)), process.argv.slice(2));
