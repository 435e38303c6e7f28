import { execFileSync } from 'node:child_process';
import type { Disk } from '@rocketmq-ts/kernel';
import { systemErrorCode } from '@rocketmq-ts/kernel';

/** Processes of the machine; replaced in tests. */
export interface ProcessTable {
  /** Something that two processes with the same id don't share; undefined when there is no such process. */
  identity(pid: number): string | undefined;
  /** Command lines of this user's processes. */
  list(): Iterable<ProcessLine>;
}

interface ProcessLine {
  readonly pid: number;
  /** The words of the command line; where the system gives only a text, its parts between blanks. */
  readonly words: readonly string[];
}

/** From /proc where there is one, else from `ps`. Identity is the time at which the process started. */
export function systemProcesses(disk: Disk): ProcessTable {
  const hasProc = disk.stat('/proc/self/stat') !== undefined;
  return {
    identity: (pid) => (exists(pid) ? (hasProc ? startedByProc(disk, pid) : startedByPs(pid)) : undefined),
    list: () => (hasProc ? listedByProc(disk) : listedByPs()),
  };
}

function startedByProc(disk: Disk, pid: number): string | undefined {
  const stat = readProc(disk, `/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The name in parentheses may hold blanks; state is the first field behind it, the start time the 20th.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? undefined : `ticks ${fields[19]}`;
}

function startedByPs(pid: number): string | undefined {
  return ps('-o', 'lstart=', '-p', String(pid))?.trim() || undefined;
}

function* listedByProc(disk: Disk): Iterable<ProcessLine> {
  const user = String(process.getuid?.());
  for (const { name } of disk.list('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const owner = /^Uid:\s+(\d+)/m.exec(readProc(disk, `/proc/${name}/status`) ?? '')?.[1];
    const line = owner === user ? readProc(disk, `/proc/${name}/cmdline`) : undefined;
    if (line !== undefined && line !== '') yield { pid: Number(name), words: line.replace(/\0$/, '').split('\0') };
  }
}

/** A process may end, or be another user's, between the listing and this. */
function readProc(disk: Disk, path: string): string | undefined {
  try {
    return disk.readFile(path)?.toString();
  } catch (error) {
    if (['ESRCH', 'EACCES', 'EPERM', 'ENOENT'].includes(systemErrorCode(error) ?? '')) return undefined;
    throw error;
  }
}

function* listedByPs(): Iterable<ProcessLine> {
  for (const line of (ps('-x', '-o', 'pid=,command=') ?? '').split('\n')) {
    const [, pid, command] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? [];
    if (pid !== undefined && command !== undefined) yield { pid: Number(pid), words: command.split(' ') };
  }
}

function ps(...args: string[]): string | undefined {
  try {
    return execFileSync('ps', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
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
