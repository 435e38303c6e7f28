import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** How a program ended: exactly one of the two is not null. */
export interface ProgramExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** What to start. Both output streams go to `logFile`, which is overwritten. */
interface ProgramOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly logFile: string;
  readonly workingDirectory?: string;
  /** Added to this process's environment. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** A real process that this one started. It never outlives this one: what still runs at exit is killed. */
export interface Program {
  readonly pid: number;
  readonly logFile: string;
  /** Resolves when the process has ended, for whatever reason. */
  readonly exited: Promise<ProgramExit>;
  /** Everything it has printed so far. */
  output(): string;
  /** Resolves at the first line that matches; rejects with the output's end where the process ends first or `timeoutMs` pass. */
  waitForLine(pattern: RegExp, timeoutMs: number): Promise<string>;
  /** Waits for its end and resolves to how it ended and all that it printed; kills it and rejects after `timeoutMs`. */
  end(timeoutMs: number): Promise<ProgramExit & { readonly output: string }>;
  /** SIGTERM, then SIGKILL after `timeoutMs` (default 30 s). May be called twice. */
  stop(timeoutMs?: number): Promise<ProgramExit>;
  /** SIGKILL, by process id. Resolves when the process has ended. */
  kill(): Promise<ProgramExit>;
}

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** The end of what a program printed, for an error's text, without what Apache's logging prints about itself. */
export function lastWords(output: string): string {
  const lines = output.split('\n').filter((line) => !line.includes('|-INFO in '));
  return `Its output ends:\n${lines.join('\n').trim().slice(-3000)}`;
}

/** Starts a process. Rejects where the command can't be started; what happens later is in `exited`. */
export async function startProgram(options: ProgramOptions): Promise<Program> {
  mkdirSync(dirname(options.logFile), { recursive: true });
  const log = openSync(options.logFile, 'w');
  const child = spawn(options.command, options.args, {
    stdio: ['ignore', log, log],
    env: { ...process.env, ...options.environment },
    ...(options.workingDirectory === undefined ? {} : { cwd: options.workingDirectory }),
  });
  closeSync(log);
  let ended = false;
  const exited = new Promise<ProgramExit>((resolve) => {
    child.on('exit', (code, signal) => {
      ended = true;
      running.delete(child);
      resolve({ code, signal });
    });
  });
  await new Promise<void>((resolve, reject) => child.on('error', reject).on('spawn', resolve));
  running.add(child);
  const output = (): string => readFileSync(options.logFile, 'utf8');
  const lastArguments = options.args.slice(-4).join(' ');
  const fail = (why: string): Error => new Error(`${options.command} ${lastArguments}: ${why}. ${lastWords(output())}`);
  return {
    pid: child.pid!,
    logFile: options.logFile,
    exited,
    output,
    async end(timeoutMs) {
      let late = false;
      const timer = setTimeout(() => {
        late = true;
        child.kill('SIGKILL');
      }, timeoutMs);
      const exit = await exited;
      clearTimeout(timer);
      if (late) throw fail(`did not end within ${timeoutMs} ms`);
      return { ...exit, output: output() };
    },
    async waitForLine(pattern, timeoutMs) {
      const giveUpAt = Date.now() + timeoutMs;
      for (;;) {
        // Asked before reading, so that the last words of an ended process are still looked at.
        const last = ended;
        const line = output()
          .split('\n')
          .find((each) => pattern.test(each));
        if (line !== undefined) return line;
        if (last) throw fail(`ended before it printed ${pattern}`);
        if (Date.now() > giveUpAt) throw fail(`did not print ${pattern} within ${timeoutMs} ms`);
        await pause(20);
      }
    },
    async stop(timeoutMs = 30_000) {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
      try {
        return await exited;
      } finally {
        clearTimeout(timer);
      }
    },
    kill() {
      child.kill('SIGKILL');
      return exited;
    },
  };
}
