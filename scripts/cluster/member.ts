import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const BOOT_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 15_000;

/** Kinds of members, in the order of their start; they are stopped in the reverse one. */
export const ROLES = ['etcd', 'controller', 'name server', 'master', 'slave', 'replica'] as const;

/** A server of the cluster, before it is started. */
export interface MemberPlan {
  readonly name: string;
  readonly role: (typeof ROLES)[number];
  readonly port: number;
  /** Its HOME: properties file, store, logs, console. */
  readonly folder: string;
  /** Of its properties file. */
  readonly lines: readonly string[];
  /** The program and its arguments, given the properties file. */
  program(file: string): readonly [program: string, ...words: string[]];
  /** In what it prints once it serves. */
  readonly ready: RegExp;
}

/** What the parent of a cluster hears of a member's end. */
export type OnEnd = (member: Member, how: string) => void;

/** One process of the cluster; may be started again after its end. */
export class Member {
  readonly plan: MemberPlan;
  readonly #onEnd: OnEnd;
  readonly #follow: (change: '+' | '-', pid: number) => void;
  #child: ChildProcess | undefined;
  #ended: Promise<void> = Promise.resolve();
  #lastLine = '';
  isPaused = false;
  /** Its end is asked for, so that it is no surprise. */
  isAskedToEnd = false;

  /** `follow`: process ids that must not outlive the parent. */
  constructor(plan: MemberPlan, onEnd: OnEnd, follow: (change: '+' | '-', pid: number) => void) {
    this.plan = plan;
    this.#onEnd = onEnd;
    this.#follow = follow;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get state(): string {
    if (this.#child === undefined) return 'ended';
    return this.isPaused ? 'paused' : 'running';
  }

  /** Resolves once it has printed that it serves; rejects with its last line when it ends before. */
  async start(): Promise<void> {
    const { folder, lines, name } = this.plan;
    mkdirSync(folder, { recursive: true });
    const file = join(folder, 'server.properties');
    writeFileSync(file, `${lines.join('\n')}\n`);
    const { NAMESRV_ADDR: _, ROCKETMQ_HOME: __, ...environment } = process.env;
    // A session of its own: Ctrl-C in the terminal reaches the parent alone, which stops all in order.
    const [program, ...words] = this.plan.program(file);
    const child = spawn(program, words, {
      cwd: folder,
      env: { ...environment, HOME: folder },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    if (child.pid === undefined) throw new Error(`${name}: ${program} could not be started`);
    this.#follow('+', child.pid);
    this.#child = child;
    this.isPaused = false;
    this.isAskedToEnd = false;
    await this.#booted(child, child.pid);
  }

  #booted(child: ChildProcess, pid: number): Promise<void> {
    const output = createWriteStream(join(this.plan.folder, 'console.log'), { flags: 'a' });
    return new Promise((resolve, reject) => {
      const limit = setTimeout(() => child.kill('SIGKILL'), BOOT_LIMIT_MS);
      let waiting = true;
      let text = '';
      const read = (piece: string): void => {
        output.write(piece);
        text = (text + piece).slice(-8192);
        this.#lastLine = text.trimEnd().split('\n').at(-1) ?? '';
        if (!waiting || !this.plan.ready.test(text)) return;
        waiting = false;
        clearTimeout(limit);
        resolve();
      };
      for (const stream of [child.stdout!, child.stderr!]) stream.setEncoding('utf8').on('data', read);
      this.#ended = new Promise((ended) => {
        child.once('close', (code, signal) => {
          clearTimeout(limit);
          output.end();
          this.#follow('-', pid);
          this.#child = undefined;
          const how = signal === null ? `code ${code}` : signal;
          if (waiting) reject(new Error(`${this.plan.name} did not start (${how}): ${this.#lastLine}`));
          else this.#onEnd(this, code === 0 || signal !== null ? how : `${how}: ${this.#lastLine}`);
          ended();
        });
      });
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
    this.isPaused = signal === 'SIGSTOP' ? true : signal === 'SIGCONT' ? false : this.isPaused;
  }

  /** Ends it in order, after fifteen seconds at once. */
  async stop(): Promise<void> {
    this.isAskedToEnd = true;
    this.signal('SIGTERM');
    if (this.isPaused) this.signal('SIGCONT');
    const limit = setTimeout(() => this.signal('SIGKILL'), STOP_LIMIT_MS);
    await this.#ended;
    clearTimeout(limit);
  }

  async kill(): Promise<void> {
    this.isAskedToEnd = true;
    this.signal('SIGKILL');
    await this.#ended;
  }
}
