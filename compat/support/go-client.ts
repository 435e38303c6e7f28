import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { compatDirectory, type Program, startProgram } from '@rocketmq-ts/testkit/java';

/** Builds the program under compat/go, which takes a minute where Go has built nothing yet, and returns its path. */
export async function buildGoClient(): Promise<string> {
  const program = join(compatDirectory, 'target', 'go-client');
  mkdirSync(join(compatDirectory, 'target'), { recursive: true });
  const build = spawn('go', ['build', '-o', program, '.'], {
    cwd: join(compatDirectory, 'go'),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  build.stderr.on('data', (piece: Buffer) => {
    errors += piece.toString();
  });
  const code = await new Promise<number | null>((resolve, reject) => build.on('error', reject).on('close', resolve));
  if (code !== 0) throw new Error(`go build in compat/go failed:\n${errors.slice(-2000)}`);
  return program;
}

/** Starts it; what it does for ever ends with its process. */
export function startGoClient(program: string, home: string, args: readonly string[]): Promise<Program> {
  return startProgram({
    command: program,
    args,
    logFile: join(home, `go-${args[0]}.console.log`),
    environment: { HOME: home },
  });
}

/** Runs it to its end, which must be a good one, and returns what it printed. */
export async function runGoClient(program: string, home: string, args: readonly string[]): Promise<string> {
  const run = await startGoClient(program, home, args);
  const { code } = await run.exited;
  if (code !== 0) throw new Error(`the Go client ended with ${code}:\n${run.output().slice(-3000)}`);
  return run.output();
}
