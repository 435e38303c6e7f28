import type { ChildProcess } from 'node:child_process';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '@rocketmq-ts/testkit/java';

/** A member of an etcd cluster, as a process on loopback. */
export interface EtcdMember {
  readonly name: string;
  readonly endpoint: string;
  readonly pid: number;
  kill(): void;
  /** SIGSTOP: it keeps its connections and answers nothing. */
  pause(): void;
  resume(): void;
  /** Starts it again with its data, after `kill`. */
  restart(): Promise<void>;
}

/** An etcd cluster of this test, in a folder of its own. */
export interface EtcdCluster {
  readonly members: readonly EtcdMember[];
  /** All, as `etcdEndpoints` takes them. */
  readonly endpoints: string;
  stop(): Promise<void>;
}

/** Starts so many members of Debian's etcd-server and waits until each answers. Fails with what is to be installed when there is none. */
export async function startEtcd(size = 1): Promise<EtcdCluster> {
  try {
    execFileSync('etcd', ['--version'], { stdio: 'ignore' });
  } catch {
    throw new Error('these tests need etcd: apt-get install etcd-server');
  }
  const folder = mkdtempSync(join(tmpdir(), 'etcd-'));
  const ports = await freePorts(2 * size);
  const names = Array.from({ length: size }, (_, at) => `e${at}`);
  const peerOf = (at: number): string => `http://127.0.0.1:${ports[2 * at + 1]}`;
  const initial = names.map((name, at) => `${name}=${peerOf(at)}`).join(',');
  const members = names.map((name, at) => {
    const endpoint = `http://127.0.0.1:${ports[2 * at]}`;
    return new Member(name, endpoint, [
      ...['--name', name, '--data-dir', join(folder, name), '--log-level', 'error', '--logger', 'zap'],
      ...['--listen-client-urls', endpoint, '--advertise-client-urls', endpoint],
      ...['--listen-peer-urls', peerOf(at), '--initial-advertise-peer-urls', peerOf(at)],
      ...['--initial-cluster', initial, '--initial-cluster-token', folder],
      // Nothing here outlives the test.
      ...['--unsafe-no-fsync'],
    ]);
  });
  try {
    for (const member of members) member.start();
    for (const member of members) await member.answers();
  } catch (error) {
    await stopAll(members, folder);
    throw error;
  }
  return {
    members,
    endpoints: members.map(({ endpoint }) => endpoint).join(';'),
    stop: () => stopAll(members, folder),
  };
}

class Member implements EtcdMember {
  readonly name: string;
  readonly endpoint: string;
  readonly #arguments: readonly string[];
  #process: ChildProcess | undefined;
  #said = '';

  constructor(name: string, endpoint: string, args: readonly string[]) {
    this.name = name;
    this.endpoint = endpoint;
    this.#arguments = args;
  }

  get pid(): number {
    return this.#process!.pid!;
  }

  start(): void {
    const isOld = /Version: 3\.4/.test(execFileSync('etcd', ['--version']).toString());
    const args = this.#arguments.filter((word) => !isOld || word !== '--unsafe-no-fsync');
    this.#process = spawn('etcd', args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const keep = (chunk: Buffer): void => {
      this.#said = (this.#said + chunk.toString()).slice(-2000);
    };
    this.#process.stdout?.on('data', keep);
    this.#process.stderr?.on('data', keep);
  }

  kill(): void {
    this.#process?.kill('SIGKILL');
  }

  pause(): void {
    this.#process?.kill('SIGSTOP');
  }

  resume(): void {
    this.#process?.kill('SIGCONT');
  }

  async restart(): Promise<void> {
    await this.ended();
    this.start();
    await this.answers();
  }

  async answers(): Promise<void> {
    for (let attempt = 0; attempt < 150; attempt++) {
      if (this.#process?.exitCode !== null) break;
      try {
        const answer = await fetch(`${this.endpoint}/health`, { signal: AbortSignal.timeout(1000) });
        if (((await answer.json()) as { health?: string }).health === 'true') return;
      } catch {
        // Not yet.
      }
      await sleep(100);
    }
    throw new Error(`etcd ${this.name} does not answer: ${this.#said}`);
  }

  async ended(): Promise<void> {
    const running = this.#process;
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
    running.kill('SIGKILL');
    await new Promise<void>((resolve) => running.once('exit', () => resolve()));
  }
}

async function stopAll(members: readonly Member[], folder: string): Promise<void> {
  for (const member of members) await member.ended();
  rmSync(folder, { recursive: true, force: true });
}

/** Ports that were free a moment ago, all of them different, and below those that the system gives to connections. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await freePort());
  return [...ports];
}
