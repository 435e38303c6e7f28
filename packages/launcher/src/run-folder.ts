import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Disk } from '@rocketmq-ts/kernel';
import { replaceFile, systemErrorCode } from '@rocketmq-ts/kernel';

/** What `mqshutdown` can be asked to stop. */
export type ServerKind = 'namesrv' | 'broker';

export interface RunningProcess {
  readonly pid: number;
  /** Name of the command that started it. */
  readonly program: string;
  readonly kinds: readonly ServerKind[];
}

interface RunRecord extends RunningProcess {
  /** Tells a process from a later one with the same id. */
  readonly identity: string;
}

/** How the folder learns about processes; replaced in tests. */
export interface ProcessTable {
  /** Something that two processes with the same id don't share; undefined when there is no such process. */
  identity(pid: number): string | undefined;
}

/**
 * One small file for each server of this user that runs, so that `mqshutdown` finds our processes and never touches
 * Apache's, whatever their command lines look like. A file whose process is gone is removed by whoever sees it.
 */
export class RunFolder {
  readonly #disk: Disk;
  readonly #folder: string;
  readonly #processes: ProcessTable;

  constructor(disk: Disk, folder: string, processes: ProcessTable = systemProcesses(disk)) {
    this.#disk = disk;
    this.#folder = folder;
    this.#processes = processes;
  }

  /** Makes a process known. Call the result when it ends. Errors are the disk's. */
  register(running: RunningProcess): () => void {
    const record: RunRecord = { ...running, identity: this.#processes.identity(running.pid) ?? '' };
    const path = join(this.#folder, `${running.program}-${running.pid}`);
    this.#disk.makeDirectory(this.#folder);
    replaceFile(this.#disk, path, Buffer.from(`${JSON.stringify(record)}\n`));
    return () => this.#disk.remove(path);
  }

  /** Processes of a kind that run now, by process id. */
  find(kind: ServerKind): RunningProcess[] {
    const found: RunningProcess[] = [];
    for (const { name } of this.#disk.list(this.#folder)) {
      const path = join(this.#folder, name);
      const record = readRecord(this.#disk.readFile(path));
      if (record === undefined) continue;
      if (this.#processes.identity(record.pid) !== record.identity) this.#disk.remove(path);
      else if (record.kinds.includes(kind)) found.push(record);
    }
    return found.sort((a, b) => a.pid - b.pid);
  }

  isRunning(running: RunningProcess): boolean {
    return running.kinds.some((kind) => this.find(kind).some((other) => other.pid === running.pid));
  }
}

function readRecord(content: Buffer | undefined): RunRecord | undefined {
  if (content === undefined) return undefined;
  try {
    const record = JSON.parse(content.toString()) as Partial<RunRecord> | null;
    if (typeof record?.pid !== 'number' || !Array.isArray(record.kinds) || record.identity === undefined)
      return undefined;
    return record as RunRecord;
  } catch {
    // Not one of ours, whatever it is doing there.
    return undefined;
  }
}

/** Lies in HOME whatever `user.home` says: `mqshutdown` is rarely given the options of the server it stops. */
export function runFolderPath(home: string): string {
  return join(home, '.rocketmq-ts', 'run');
}

/** Identity is the time at which the process started, from /proc where there is one, else from `ps`. */
export function systemProcesses(disk: Disk): ProcessTable {
  return {
    identity(pid) {
      if (!exists(pid)) return undefined;
      const stat = disk.readFile(`/proc/${pid}/stat`)?.toString();
      if (stat === undefined) return startedByPs(pid);
      // The name in parentheses may hold blanks; state is the first field behind it, the start time the 20th.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return fields[0] === 'Z' ? undefined : `ticks ${fields[19]}`;
    },
  };
}

function startedByPs(pid: number): string | undefined {
  try {
    const output = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' });
    return output.trim() === '' ? undefined : output.trim();
  } catch {
    // ps ends with 1 when there is no such process.
    return undefined;
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemErrorCode(error) === 'EPERM';
  }
}
