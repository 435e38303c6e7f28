import { existsSync, mkdirSync, writeFileSync } from 'node:fs';

/** Where the first version of control groups has the limits for memory. */
const MEMORY = '/sys/fs/cgroup/memory';

/** Whether the kernel can limit what a process takes of the memory from now on. */
export function canLimitMemory(): boolean {
  return existsSync(`${MEMORY}/memory.limit_in_bytes`);
}

/**
 * What the process takes from now on, page cache included, is at most so much: the kernel takes cached pages away, and where there are
 * none, the process waits, as under `memory.high` of the second version. What it had before is not counted.
 */
export function limitMemory(group: string, pid: number, bytes: number): void {
  const folder = `${MEMORY}/${group}`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/memory.limit_in_bytes`, String(bytes));
  // Without this it would be killed, which other faults do.
  writeFileSync(`${folder}/memory.oom_control`, '1');
  writeFileSync(`${folder}/cgroup.procs`, String(pid));
}

export function unlimitMemory(group: string): void {
  writeFileSync(`${MEMORY}/${group}/memory.limit_in_bytes`, '-1');
}
