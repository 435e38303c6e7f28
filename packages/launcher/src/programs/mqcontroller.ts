import { controllerProgram } from '../controller-program.ts';
import { runServer } from '../server-process.ts';

await runServer(controllerProgram, process.argv.slice(2));
