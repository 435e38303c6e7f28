import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { javaClassPath, shortLivedJavaOptions } from '@rocketmq-ts/testkit/java';

const END = '\u0004\n';
const COMMAND_MS = 60_000;

/** Keeps standard output and standard error of commands apart. */
export const SEPARATE: readonly string[] = ['-Dcompat.separate=true', '-Dfile.encoding=UTF-8'];

/**
 * Apache's mqadmin as one process that runs commands one after the other, since most of the time of a single one is the start of Java.
 * The process begins with the first command.
 */
export class ApacheMqadmin {
  readonly #home: string;
  readonly #systemProperties: readonly string[];
  #process: Promise<ChildProcess> | undefined;
  #printed = '';
  #wakeUp = (): void => {};
  #last: Promise<unknown> = Promise.resolve();

  /** `home` is ROCKETMQ_HOME, and where its logs are; `systemProperties` are further words for Java. */
  constructor(home: string, systemProperties: readonly string[] = []) {
    this.#home = home;
    this.#systemProperties = systemProperties;
  }

  /** The same with both outputs apart: for an object that was made with `SEPARATE`. One that repeats for ever is ended after `endsAfterMs`. */
  async outputs(args: readonly string[], endsAfterMs?: number): Promise<{ stdout: string; stderr: string }> {
    const printed = await this.run(endsAfterMs === undefined ? args : [`@${endsAfterMs}`, ...args]);
    const [stdout = '', stderr = ''] = printed.split('\u0003');
    return { stdout, stderr };
  }

  /** What a command printed on both outputs. Commands wait for each other. */
  run(args: readonly string[]): Promise<string> {
    const printed = this.#last.then(() => this.#run(args));
    this.#last = printed.catch(() => {});
    return printed;
  }

  async #run(args: readonly string[]): Promise<string> {
    this.#process ??= this.#start();
    const java = await this.#process;
    this.#printed = '';
    java.stdin!.write(`${args.join('\t')}\n`);
    const timer = setTimeout(() => java.kill('SIGKILL'), COMMAND_MS);
    while (!this.#printed.endsWith(END) && java.exitCode === null && java.signalCode === null)
      await new Promise<void>((resolve) => {
        this.#wakeUp = resolve;
      });
    clearTimeout(timer);
    assert.ok(this.#printed.endsWith(END), `mqadmin ${args.join(' ')} has ended its process: ${this.#printed}`);
    return this.#printed.slice(0, -END.length);
  }

  async #start(): Promise<ChildProcess> {
    mkdirSync(this.#home, { recursive: true });
    const options = [
      ...shortLivedJavaOptions,
      `-Duser.home=${this.#home}`,
      '-Drmq.logback.configurationFile=rmq.tools.logback.xml',
      ...this.#systemProperties,
      '-cp',
      await javaClassPath(),
    ];
    const environment = { ...process.env, ROCKETMQ_HOME: this.#home, HOME: this.#home };
    const java = spawn('java', [...options, 'compat.MqadminProgram'], {
      ...{ cwd: this.#home, env: environment, stdio: ['pipe', 'pipe', 'inherit'] },
    });
    java.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.#printed += text;
      this.#wakeUp();
    });
    java.on('close', () => this.#wakeUp());
    return java;
  }

  /** Ends the process, where there is one. */
  async stop(): Promise<void> {
    const java = await this.#process?.catch(() => undefined);
    java?.kill('SIGKILL');
  }
}
