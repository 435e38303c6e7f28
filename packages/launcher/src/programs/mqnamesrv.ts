import { namesrvProgram } from '../namesrv-program.ts';
import { runServer } from '../server-process.ts';

await runServer(namesrvProgram, process.argv.slice(2));
