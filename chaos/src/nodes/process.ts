import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { monotonicMs } from '../history/events.ts';

interface ProcessOptions {
  readonly command: readonly string[];
  readonly folder: string;
  /** What it prints is appended to. */
  readonly log: string;
  readonly environment?: Readonly<Record<string, string>>;
}

const POLL_MS = 50;

/** A process of the run, and how it ended. */
export class RunningProcess {
  readonly pid: number;
  readonly exited: Promise<string>;
  readonly #child: ChildProcess;
  readonly #log: string;
  readonly #logStart: number;
  /** Undefined while it runs. */
  ended: string | undefined;
  /** Set before a signal, so that an end without one is known. */
  isMeantToEnd = false;

  constructor(options: ProcessOptions) {
    const [command = '', ...args] = options.command;
    const file = openSync(options.log, 'a');
    this.#log = options.log;
    this.#logStart = readFileSync(options.log).length;
    const { NAMESRV_ADDR: _names, ROCKETMQ_HOME: _home, ...inherited } = process.env;
    this.#child = spawn(command, args, {
      cwd: options.folder,
      env: { ...inherited, HOME: options.folder, ...options.environment },
      stdio: ['pipe', file, file],
    });
    closeSync(file);
    this.pid = this.#child.pid ?? 0;
    this.#child.stdin?.on('error', () => {});
    this.exited = new Promise((resolve) => {
      const ended = (how: string): void => {
        this.ended ??= how;
        // libfaketime leaves these where a process is killed.
        for (const name of ['faketime_shm_', 'sem.faketime_sem_'])
          rmSync(`/dev/shm/${name}${this.pid}`, { force: true });
        resolve(this.ended);
      };
      this.#child.on('exit', (code, signal) => ended(signal ?? `exit code ${code}`));
      this.#child.on('error', (error) => ended(String(error)));
    });
  }

  get isRunning(): boolean {
    return this.ended === undefined;
  }

  get lastWords(): string {
    return readFileSync(this.#log, 'utf8').trimEnd().slice(-600);
  }

  /** Rejects when the process ends first or the time is over. */
  async printed(line: RegExp, timeoutMs: number): Promise<void> {
    const giveUpAt = monotonicMs() + timeoutMs;
    while (!line.test(readFileSync(this.#log, 'utf8').slice(this.#logStart))) {
      if (this.ended !== undefined) throw new Error(`it ended with ${this.ended}: ${this.lastWords}`);
      if (monotonicMs() > giveUpAt) throw new Error(`no ${line} within ${timeoutMs} ms: ${this.lastWords}`);
      await pause(POLL_MS);
    }
  }

  /** Also of a stopped process. */
  async kill(): Promise<void> {
    if (this.ended !== undefined) return;
    this.isMeantToEnd = true;
    this.#child.kill('SIGKILL');
    await this.exited;
  }

  /** Asks it to end, and kills it when it has not after so long. False when it had to be killed. */
  async stop(timeoutMs: number, how: 'SIGTERM' | 'end of input'): Promise<boolean> {
    if (this.ended !== undefined) return true;
    this.isMeantToEnd = true;
    if (how === 'SIGTERM') this.#child.kill('SIGTERM');
    else this.#child.stdin?.end();
    const timer = new AbortController();
    const tooLong = pause(timeoutMs, 'late', { signal: timer.signal }).catch(() => 'late');
    const first = await Promise.race([this.exited, tooLong]);
    timer.abort();
    if (first === 'late') await this.kill();
    return first !== 'late';
  }

  pause(): void {
    this.#child.kill('SIGSTOP');
  }

  resume(): void {
    this.#child.kill('SIGCONT');
  }
}
