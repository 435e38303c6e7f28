import { constants } from 'node:os';
import { CodedError } from '@rocketmq-ts/kernel';

export type DiskOperation =
  | 'open'
  | 'read'
  | 'write'
  | 'sync'
  | 'truncate'
  | 'rename'
  | 'remove'
  | 'makeDirectory'
  | 'syncDirectory';

/** Which operations fail, where and how often. */
export interface DiskFault {
  readonly operation: DiskOperation;
  /** The system's code to fail with. Absent: the operation succeeds, only later. */
  readonly code?:
    | 'ENOSPC'
    | 'EDQUOT'
    | 'EIO'
    | 'EACCES'
    | 'EROFS'
    | 'EMFILE'
    | 'ENFILE'
    | 'ENOMEM'
    | 'EFBIG'
    | 'EAGAIN';
  /** Files it concerns: a part of the path, or a pattern. Default all. */
  readonly path?: string | RegExp;
  /** So many matching operations succeed first. Default 0. */
  readonly skip?: number;
  /** So many are hit then. Default 1. */
  readonly times?: number;
  /** Makes asynchronous operations take so much longer. */
  readonly delayMs?: number;
  /** A disk that lies: the operation (`sync` or `syncDirectory`) succeeds and nothing became durable. */
  readonly lost?: boolean;
}

interface ArmedFault {
  readonly fault: DiskFault;
  skip: number;
  times: number;
}

/** Decides for each operation of a simulated disk whether it succeeds. Faults are tried in the order in which they were added. */
export class DiskFaults {
  #armed: ArmedFault[] = [];

  add(fault: DiskFault): void {
    this.#armed.push({ fault, skip: fault.skip ?? 0, times: fault.times ?? 1 });
  }

  clear(): void {
    this.#armed = [];
  }

  /** The fault that hits this operation, or undefined; each call uses faults up. */
  take(operation: DiskOperation, path: string): DiskFault | undefined {
    for (const armed of this.#armed) {
      if (armed.times <= 0 || armed.fault.operation !== operation || !matches(armed.fault.path, path)) continue;
      if (armed.skip > 0) {
        armed.skip--;
        continue;
      }
      armed.times--;
      return armed.fault;
    }
    return undefined;
  }
}

/** Errors for which libuv has no name: Node.js gives their number alone. */
const NAMELESS: readonly string[] = ['EDQUOT'];

/** An error as Node.js words it: with the system's number, and a name where libuv knows one. */
export function diskError(code: string, operation: string, path: string): Error {
  const errno = -((constants.errno as Readonly<Record<string, number>>)[code] ?? 0);
  const name = NAMELESS.includes(code) ? `Unknown system error ${errno}` : code;
  const error = new CodedError(name, `${name}: simulated, ${operation} '${path}'`, { facts: { path } });
  return Object.assign(error, { errno });
}

function matches(pattern: string | RegExp | undefined, path: string): boolean {
  if (pattern === undefined) return true;
  return typeof pattern === 'string' ? path.includes(pattern) : pattern.test(path);
}
