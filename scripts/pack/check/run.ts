import { spawn } from 'node:child_process';

interface RunOptions {
  /** Arguments after the command. */
  readonly args: readonly string[];
  readonly folder: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Longer than anything here takes on a loaded machine. */
const TIMEOUT_MS = 180_000;

/**
 * Runs a program to its end and resolves to what it printed, both streams together. Rejects with that when it ends with
 * another code than 0, or not at all.
 */
export function run(command: string, { args, folder, environment }: RunOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: folder,
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: TIMEOUT_MS,
    });
    const output: Buffer[] = [];
    child.stdout.on('data', (bytes: Buffer) => output.push(bytes));
    child.stderr.on('data', (bytes: Buffer) => output.push(bytes));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const text = Buffer.concat(output).toString();
      if (code === 0) resolve(text);
      else reject(new Error(`${command} ${args.join(' ')} ended with ${signal ?? code}:\n${text}`));
    });
  });
}

/** `npm <args>` in a folder, as a user without this checkout runs it. */
export function npm(folder: string, args: readonly string[], loglevel: 'error' | 'warn' = 'error'): Promise<string> {
  const quiet = ['--no-audit', '--no-fund', `--loglevel=${loglevel}`];
  return run('npm', {
    args: [...args, ...quiet],
    folder,
    environment: { npm_config_workspaces: '', npm_config_workspace: '' },
  });
}
