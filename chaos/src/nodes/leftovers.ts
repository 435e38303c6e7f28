import { existsSync, readdirSync, readFileSync, readlinkSync, rmdirSync, rmSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { run, works } from './command.ts';
import { ownerOfNamespace, ownerOfPath } from './names.ts';

/** Removes namespaces, processes and mounts of runs that are gone; of the run `of` alone when it is given. Returns what was removed. */
export async function removeLeftovers(of?: number): Promise<string[]> {
  const isWanted = (owner: number | undefined): boolean =>
    owner !== undefined && (of === undefined ? !isRunOfChaos(owner) : owner === of);
  const removed: string[] = [];
  const namespaces = (await run('ip', ['netns', 'list']))
    .split('\n')
    .map((line) => line.split(' ')[0] ?? '')
    .filter((name) => isWanted(ownerOfNamespace(name)));
  const mounts = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((path) => !path.includes('/netns/') && isWanted(ownerOfPath(path)));
  // A process that waits for a frozen disk can't be killed before it is thawed.
  for (const path of mounts) await works('fsfreeze', ['-u', path]);
  for (const name of namespaces) {
    for (const pid of await processesIn(name)) kill(pid);
  }
  for (const name of namespaces) {
    for (let tries = 0; tries < 50 && (await processesIn(name)).length > 0; tries++) await pause(100);
    await run('ip', ['netns', 'del', name]);
    removed.push(`namespace ${name}`);
  }
  for (const path of mounts) {
    if (!(await works('umount', [path]))) await run('umount', ['-l', path]);
    removed.push(`mount ${path}`);
  }
  for (const path of groups(isWanted)) removeGroup(path);
  removeClocks();
  return removed;
}

async function processesIn(namespace: string): Promise<number[]> {
  return (await run('ip', ['netns', 'pids', namespace])).split('\n').filter(Boolean).map(Number);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}

/** Another process may have taken the number of a run that was killed. */
function isRunOfChaos(pid: number): boolean {
  try {
    return (
      readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('chaos/src/main.ts') &&
      readlinkSync(`/proc/${pid}/exe`) !== ''
    );
  } catch {
    return false;
  }
}

/** What libfaketime leaves of a process that was killed: its name ends with the number of the process. */
function removeClocks(): void {
  for (const name of readdirSync('/dev/shm')) {
    const pid = /^(?:faketime_shm_|sem\.faketime_sem_)(\d+)$/.exec(name)?.[1];
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) rmSync(`/dev/shm/${name}`, { force: true });
  }
}

function groups(isWanted: (owner: number | undefined) => boolean): string[] {
  return ['/sys/fs/cgroup/blkio', '/sys/fs/cgroup/memory'].filter(existsSync).flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => isWanted(ownerOfPath(`/${name}`)))
      .map((name) => `${folder}/${name}`),
  );
}

function removeGroup(path: string): void {
  try {
    rmdirSync(path);
  } catch {
    // Its last process is still ending; the next run removes it.
  }
}
