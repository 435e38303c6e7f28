import { join } from 'node:path';
import { type Clock, sleep, systemErrorCode } from '@rocketmq-ts/kernel';
import type { RunFolder, RunningProcess, ServerKind } from './run-folder.ts';

/** How long `mqshutdown` waits for the processes that it asked to end. */
export const SHUTDOWN_WAIT_MS = 30_000;
const POLL_MS = 20;
const KINDS: readonly ServerKind[] = ['broker', 'namesrv', 'controller', 'dashboard'];

interface ShutdownIo {
  readonly clock: Clock;
  readonly runs: RunFolder;
  /** Folder of the programs that this checkout runs. */
  readonly mainFolder: string;
  readonly print: (line: string) => void;
  /** Asks a process to end. */
  readonly terminate: (pid: number) => void;
}

/**
 * Asks every server of a kind that this user runs to end, waits until they have, and returns the exit code: 0, or 1 when
 * there is none or one is still there after 30 s. The lines are those of Apache's script. Source: distribution/bin/mqshutdown.
 */
export async function shutdown(argument: string | undefined, io: ShutdownIo): Promise<number> {
  const kind = KINDS.find((each) => each === argument);
  if (kind === undefined) {
    io.print(`Useage: mqshutdown ${KINDS.join(' | ')}`);
    return 1;
  }
  const running = findRunning(kind, io);
  if (running.length === 0) {
    io.print(`No mq${kind} running.`);
    const program = join(io.mainFolder, `mq${kind}.ts`);
    io.print(`Looked in ${io.runs.folder} and for processes of this user that run ${program}.`);
    return 1;
  }
  for (const [name, group] of byName(running, kind)) {
    const pids = group.map((each) => each.pid);
    io.print(`The ${name}(${pids.join(' ')}) is running...`);
    for (const pid of pids) {
      try {
        io.terminate(pid);
      } catch (error) {
        if (systemErrorCode(error) !== 'EPERM') throw error;
        io.print(`${name}(${pid}) was started by another user: run mqshutdown as that user`);
        return 1;
      }
    }
    io.print(`Send shutdown request to ${name}(${pids.join(' ')}) OK`);
  }
  const late = await waitForEnd(running, io);
  for (const { pid } of late) io.print(`mq${kind}(${pid}) is still running after ${SHUTDOWN_WAIT_MS / 1000} s`);
  return late.length === 0 ? 0 : 1;
}

/**
 * Those that were started with this HOME; where there are none, those of this checkout that were started with another one. Not
 * both at once: who keeps several brokers apart by HOME stops one of them.
 */
function findRunning(kind: ServerKind, io: ShutdownIo): RunningProcess[] {
  const known = io.runs.find(kind);
  return known.length > 0 ? known : io.runs.findByProcess(kind, io.mainFolder);
}

/** A process that is name server and broker in one is printed with both names: both end. */
function byName(running: readonly RunningProcess[], kind: ServerKind): Map<string, RunningProcess[]> {
  const groups = new Map<string, RunningProcess[]>();
  for (const each of running) {
    const name = each.kinds.length > 1 ? 'mqstart with name server and broker' : `mq${kind}`;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [each]);
    else group.push(each);
  }
  return groups;
}

async function waitForEnd(asked: readonly RunningProcess[], io: ShutdownIo): Promise<RunningProcess[]> {
  const deadlineMs = io.clock.monotonicMs() + SHUTDOWN_WAIT_MS;
  let left = asked.filter((each) => io.runs.isRunning(each));
  while (left.length > 0 && io.clock.monotonicMs() < deadlineMs) {
    await sleep(io.clock, POLL_MS);
    left = left.filter((each) => io.runs.isRunning(each));
  }
  return left;
}
