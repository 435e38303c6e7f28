export { parseArguments } from './arguments.ts';
export { RunFolder, runFolderPath } from './run-folder.ts';
