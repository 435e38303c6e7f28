import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** How another terminal finds a cluster. */
export interface RunFile {
  readonly name: string;
  readonly pid: number;
  /** Socket at which the parent takes commands. */
  readonly socket: string;
}

const FOLDER = join(process.env.HOME || homedir(), '.rocketmq-ts', 'clusters');
const pathOf = (name: string): string => join(FOLDER, `${name}.json`);

/** Clusters of this user whose parent runs; files of others are removed. */
export function runningClusters(): RunFile[] {
  mkdirSync(FOLDER, { recursive: true });
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => {
      const path = join(FOLDER, name);
      const run = read(path);
      if (run !== undefined && isRunning(run.pid)) return [run];
      rmSync(path, { force: true });
      return [];
    });
}

export function writeRunFile(run: RunFile): void {
  const path = pathOf(run.name);
  writeFileSync(`${path}.tmp`, JSON.stringify(run));
  renameSync(`${path}.tmp`, path);
}

export function removeRunFile(name: string): void {
  rmSync(pathOf(name), { force: true });
}

function read(path: string): RunFile | undefined {
  try {
    const run = JSON.parse(readFileSync(path, 'utf8')) as RunFile;
    return typeof run.pid === 'number' && typeof run.socket === 'string' ? run : undefined;
  } catch {
    return undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
