import { join } from 'node:path';
import type { Disk } from '@rocketmq-ts/kernel';
import { replaceFile } from '@rocketmq-ts/kernel';
import { type ProcessTable, systemProcesses } from './processes.ts';

/** What `mqshutdown` can be asked to stop. */
export type ServerKind = 'namesrv' | 'broker' | 'controller' | 'dashboard';

interface RunningServer {
  readonly pid: number;
  /** Name of the command that started it. */
  readonly program: string;
  readonly kinds: readonly ServerKind[];
}

/** A server that was found running. */
export interface RunningProcess extends RunningServer {
  /** Differs for a later process with the same id. */
  readonly identity: string;
}

/** What each program of `src/main` is. */
const PROGRAMS: ReadonlyMap<string, readonly ServerKind[]> = new Map([
  ['mqnamesrv', ['namesrv']],
  ['mqbroker', ['broker']],
  ['mqcontroller', ['controller']],
  ['mqdashboard', ['dashboard']],
  ['mqstart', ['namesrv', 'broker']],
]);

/**
 * One small file for each server of this user that runs, so that `mqshutdown` finds our processes and never touches
 * Apache's, whatever their command lines look like. A file whose process has ended is removed by the next reader.
 */
export class RunFolder {
  readonly #disk: Disk;
  readonly folder: string;
  readonly #processes: ProcessTable;

  constructor(disk: Disk, folder: string, processes: ProcessTable = systemProcesses(disk)) {
    this.#disk = disk;
    this.folder = folder;
    this.#processes = processes;
  }

  /** Makes a process known. Call the result when it ends. Errors are the disk's. */
  register(running: RunningServer): () => void {
    const record: RunningProcess = { ...running, identity: this.#processes.identity(running.pid) ?? '' };
    const path = join(this.folder, `${running.program}-${running.pid}`);
    this.#disk.makeDirectory(this.folder);
    replaceFile(this.#disk, path, Buffer.from(`${JSON.stringify(record)}\n`));
    return () => this.#disk.remove(path);
  }

  /** Processes of a kind that run now, by process id. */
  find(kind: ServerKind): RunningProcess[] {
    const found: RunningProcess[] = [];
    for (const { name } of this.#disk.list(this.folder)) {
      const path = join(this.folder, name);
      const record = readRecord(this.#disk.readFile(path));
      if (record === undefined) continue;
      if (this.#processes.identity(record.pid) !== record.identity) this.#disk.remove(path);
      else if (record.kinds.includes(kind)) found.push(record);
    }
    return found.sort((a, b) => a.pid - b.pid);
  }

  /**
   * Servers of a kind that run a program of `mainFolder` (packages/launcher/src/main of this checkout), by process id: also those
   * that were started with another HOME, or whose file in the folder was removed.
   */
  findByProcess(kind: ServerKind, mainFolder: string): RunningProcess[] {
    const found: RunningProcess[] = [];
    for (const { pid, words } of this.#processes.list()) {
      for (const [program, kinds] of PROGRAMS) {
        if (!kinds.includes(kind) || !words.includes(join(mainFolder, `${program}.ts`))) continue;
        const identity = this.#processes.identity(pid);
        if (identity !== undefined) found.push({ pid, program, kinds, identity });
      }
    }
    return found.sort((a, b) => a.pid - b.pid);
  }

  isRunning(running: RunningProcess): boolean {
    return this.#processes.identity(running.pid) === running.identity;
  }
}

function readRecord(content: Buffer | undefined): RunningProcess | undefined {
  if (content === undefined) return undefined;
  try {
    const record = JSON.parse(content.toString()) as Partial<RunningProcess> | null;
    if (typeof record?.pid !== 'number' || !Array.isArray(record.kinds) || record.identity === undefined)
      return undefined;
    return record as RunningProcess;
  } catch {
    // Not one of ours, whatever it is doing there.
    return undefined;
  }
}

/** Lies in HOME, also where `user.home` is set: `mqshutdown` is rarely given the options of the server it stops. */
export function runFolderPath(home: string): string {
  return join(home, '.rocketmq-ts', 'run');
}
