import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';

const ROOT = resolve(import.meta.dirname, '../../..');
const BIN = join(ROOT, 'bin');

/** A home folder of its own, and the commands started with it; all that still runs ends with `dispose`. */
export class Shell {
  readonly home = mkdtempSync(join(tmpdir(), 'rocketmq-ts-launcher-'));
  readonly #running = new Set<ChildProcess>();

  start(
    command: string,
    args: readonly string[],
    options: { cwd?: string; path?: string; stdin?: number; variables?: Readonly<Record<string, string>> } = {},
  ): Command {
    const { PATH, NODE_COMPILE_CACHE } = process.env;
    const child = spawn('sh', [options.path ?? join(BIN, command), ...args], {
      cwd: options.cwd ?? this.home,
      env: {
        ...{ PATH, HOME: this.home, ...options.variables },
        ...(NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE }),
      },
      stdio: [options.stdin ?? 'ignore', 'pipe', 'pipe'],
    });
    this.#running.add(child);
    child.once('close', () => this.#running.delete(child));
    return new Command(child);
  }

  /** A program of `scripts/`, as npm starts it. */
  script(name: string, ...args: string[]): Command {
    return this.start('node-run', [join(ROOT, 'scripts', name), ...args]);
  }

  run(command: string, ...args: string[]): Promise<Ended> {
    return this.start(command, args).ended;
  }

  async dispose(): Promise<void> {
    const closing = [...this.#running].map((child) => once(child, 'close'));
    for (const child of this.#running) child.kill('SIGKILL');
    await Promise.all(closing);
    rmSync(this.home, { recursive: true, force: true });
  }
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class Command {
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;
  #stdout = '';
  #stderr = '';

  constructor(child: ChildProcess) {
    this.#child = child;
    child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
    });
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    this.ended = once(child, 'close').then(([code]) => ({ code, stdout: this.#stdout, stderr: this.#stderr }));
  }

  get pid(): number {
    return this.#child.pid!;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** The match of the first output that fits; rejects when the program ends before. */
  printed(pattern: RegExp): Promise<RegExpExecArray> {
    return this.#shown(this.#child.stdout!, () => this.#stdout, pattern);
  }

  /** The same on standard error. */
  complained(pattern: RegExp): Promise<RegExpExecArray> {
    return this.#shown(this.#child.stderr!, () => this.#stderr, pattern);
  }

  #shown(stream: Readable, text: () => string, pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const match = pattern.exec(text());
        if (match === null) return;
        stream.off('data', look);
        resolve(match);
      };
      stream.on('data', look);
      void this.ended.then(({ code, stderr }) => reject(new Error(`ended with ${code} before ${pattern}: ${stderr}`)));
      look();
    });
  }
}
