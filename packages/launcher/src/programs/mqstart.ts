import { runServer } from '../server-process.ts';
import { standaloneProgram } from '../standalone-program.ts';

await runServer(standaloneProgram, process.argv.slice(2));
