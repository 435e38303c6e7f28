import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { whyNoEtcd } from './etcd.ts';
import { Member, ROLES } from './member.ts';
import { type ClusterOptions, type RemoteOptions, UsageError } from './options.ts';
import { planMembers } from './plan.ts';
import type { Answer } from './remote.ts';
import { removeRunFile, runningClusters, writeRunFile } from './run-file.ts';
import { Warden } from './warden.ts';

/** Starts a cluster, serves commands of other terminals, and stops it as one at the first signal. Returns the exit code. */
export async function runCluster(options: ClusterOptions): Promise<number> {
  if (runningClusters().some(({ name }) => name === options.name))
    throw new UsageError(
      `a cluster of the name ${options.name} runs already: stop it (--stop all), or give this one a --name`,
    );
  const lack = options.set === 'controller' ? whyNoEtcd() : undefined;
  if (lack !== undefined) throw new UsageError(lack);
  const ownFolder = mkdtempSync(join(tmpdir(), 'rocketmq-ts-cluster-'));
  const cluster = new Cluster(options, options.folder ?? ownFolder, join(ownFolder, 'control'));
  const code = await cluster.run();
  if (code === 0 || options.folder !== undefined) rmSync(ownFolder, { recursive: true, force: true });
  else console.error(`What it left is in ${ownFolder}`);
  return code;
}

class Cluster {
  readonly #options: ClusterOptions;
  readonly #folder: string;
  readonly #socket: string;
  readonly #warden = new Warden();
  #members: readonly Member[] = [];
  #stopping: Promise<void> | undefined;
  #isStopAsked = false;
  #stopAsked = (): void => {};

  constructor(options: ClusterOptions, folder: string, socket: string) {
    this.#options = options;
    this.#folder = folder;
    this.#socket = socket;
  }

  async run(): Promise<number> {
    const asked = new Promise<void>((resolve) => {
      this.#stopAsked = () => {
        this.#isStopAsked = true;
        resolve();
      };
    });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => this.#stopAsked());
    let server: Server | undefined;
    try {
      mkdirSync(this.#folder, { recursive: true });
      const plans = await planMembers(this.#options, this.#folder);
      this.#members = plans.map(
        (plan) => new Member(plan, (member, how) => this.#onEnd(member, how), this.#warden.follow),
      );
      const started = this.#startAll();
      // Members that are stopped while they start fail to.
      started.catch(() => {});
      await Promise.race([started, asked]);
      if (!this.#isStopAsked) {
        server = await this.#serve();
        writeRunFile({ name: this.#options.name, pid: process.pid, socket: this.#socket });
        console.log(this.#description());
        await asked;
      }
      console.log(`Stopping ${this.#options.name}`);
      return 0;
    } catch (error) {
      console.error((error as Error).message);
      return 1;
    } finally {
      if (server !== undefined) removeRunFile(this.#options.name);
      await this.#stopAll();
      server?.close();
      this.#warden.dismiss();
    }
  }

  /** Those of a role together. */
  async #startAll(): Promise<void> {
    for (const role of ROLES) {
      if (this.#isStopAsked) return;
      await Promise.all(this.#members.filter(({ plan }) => plan.role === role).map((member) => member.start()));
    }
  }

  #stopAll(): Promise<void> {
    this.#stopping ??= (async () => {
      for (const role of ROLES.toReversed())
        await Promise.all(this.#members.filter(({ plan }) => plan.role === role).map((member) => member.stop()));
    })();
    return this.#stopping;
  }

  #onEnd({ plan, isAskedToEnd }: Member, how: string): void {
    if (this.#stopping !== undefined || isAskedToEnd) return;
    console.error(
      `${plan.name} ended by itself (${how}); the others keep running. ${this.#again(`--start ${plan.name}`)}`,
    );
  }

  #again(words: string): string {
    const name = runningClusters().length > 1 ? ` --name ${this.#options.name}` : '';
    return `npm run cluster -- ${words}${name}`;
  }

  #description(): string {
    const plans = this.#members.map(({ plan }) => plan);
    const of = (role: string): string[] =>
      plans.filter((plan) => plan.role === role).map(({ port }) => `127.0.0.1:${port}`);
    const broker = plans.find(({ role }) => role === 'master' || role === 'replica')?.name;
    const kept = this.#options.folder === undefined ? 'removed at the end' : 'kept';
    return [
      ...this.#table(),
      '',
      `Stores and logs are in ${this.#folder} (${kept}). To copy:`,
      `  export NAMESRV_ADDR='${of('name server').join(';')}'`,
      '  sh bin/mqadmin clusterList',
      ...of('controller').map((address) => `  sh bin/mqadmin getSyncStateSet -a ${address} -b broker-a`),
      '  sh bin/tools.sh org.apache.rocketmq.example.quickstart.Producer',
      '  sh bin/tools.sh org.apache.rocketmq.example.quickstart.Consumer',
      `  ${this.#again('--status')}`,
      `  ${this.#again(`--kill ${broker}`)}`,
      `  ${this.#again(`--start ${broker}`)}`,
      'Ctrl-C stops it.',
    ].join('\n');
  }

  #table(): string[] {
    const { name, set, workers } = this.#options;
    const many = workers > 1 ? `, ${workers} workers in each broker` : '';
    const rows = this.#members.map(({ plan, pid, state }) =>
      [
        plan.name.padEnd(12),
        plan.role.padEnd(12),
        `127.0.0.1:${plan.port}`.padEnd(16),
        state.padEnd(8),
        pid ?? '-',
      ].join(' '),
    );
    return [`Cluster ${name}: the set ${set}${many}, process ${process.pid}`, ...rows.map((row) => `  ${row}`)];
  }

  #serve(): Promise<Server> {
    const server = createServer((socket) => {
      let text = '';
      socket.on('error', () => {});
      socket.setEncoding('utf8').on('data', (piece) => {
        text += piece;
        if (!text.endsWith('\n')) return;
        void this.#answer(JSON.parse(text) as RemoteOptions)
          .catch((error: unknown): Answer => ({ code: 1, text: (error as Error).message }))
          .then((answer) => socket.end(`${JSON.stringify(answer)}\n`));
      });
    });
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#socket, () => resolve(server));
    });
  }

  async #answer({ action, member: name }: RemoteOptions): Promise<Answer> {
    if (action === 'status') return { code: 0, text: this.#table().join('\n') };
    if (action === 'stop' && name === 'all') {
      this.#stopAsked();
      await this.#stopAll();
      return { code: 0, text: `${this.#options.name} is stopped` };
    }
    const member = this.#members.find(({ plan }) => plan.name === name);
    if (member === undefined) {
      const names = this.#members.map(({ plan }) => plan.name).join(', ');
      return { code: 1, text: `${this.#options.name} has no member ${name}; its members are ${names}` };
    }
    const text = await act(member, action);
    console.log(text);
    return { code: 0, text };
  }
}

async function act(member: Member, action: Exclude<RemoteOptions['action'], 'status'>): Promise<string> {
  const { name, port } = member.plan;
  const { pid } = member;
  if ((pid === undefined) !== (action === 'start'))
    throw new Error(
      pid === undefined ? `${name} has ended: --start ${name} starts it` : `${name} runs already (pid ${pid})`,
    );
  switch (action) {
    case 'kill':
      await member.kill();
      return `${name} (pid ${pid}) is killed`;
    case 'stop':
      await member.stop();
      return `${name} (pid ${pid}) has stopped in order`;
    case 'pause':
      member.signal('SIGSTOP');
      return `${name} (pid ${pid}) stands still`;
    case 'resume':
      member.signal('SIGCONT');
      return `${name} (pid ${pid}) continues`;
    case 'start': {
      const began = performance.now();
      await member.start();
      return `${name} runs again on 127.0.0.1:${port} (pid ${member.pid}), after ${Math.round(performance.now() - began)} ms`;
    }
  }
}
