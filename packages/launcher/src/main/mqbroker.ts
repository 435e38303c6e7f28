import { brokerProgram } from '../broker-program.ts';
import { runServer } from '../server-process.ts';

await runServer(brokerProgram, process.argv.slice(2));
