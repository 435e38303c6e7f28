import { execFile } from 'node:child_process';

/** Runs a system command to its end. Rejects with what it printed when it failed. */
export function run(command: string, args: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(command, [...args], { encoding: 'utf8', timeout: 30_000 }, (error, output, errors) => {
      if (error === null) resolve(output);
      else reject(new Error(`${command} ${args.join(' ')}: ${errors.trim() || error.message}`));
    });
    // A command that reads nothing may have ended before.
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
  });
}

/** As `run`, where failing is an answer. */
export async function works(command: string, args: readonly string[]): Promise<boolean> {
  return run(command, args).then(
    () => true,
    () => false,
  );
}
