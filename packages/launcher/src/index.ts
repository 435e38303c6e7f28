export { parseArguments } from './arguments.ts';
export * from './errors.ts';
export { RunFolder, runFolderPath } from './run-folder.ts';
