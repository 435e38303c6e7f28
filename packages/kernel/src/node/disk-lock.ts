import * as fs from 'node:fs';
import { createConnection, createServer, type Server } from 'node:net';
import type { DiskLock } from '../disk.ts';
import { systemErrorCode } from '../errors.ts';

/** What Apache's store writes into its lock file. Source: DefaultMessageStore#start. */
const CONTENT = 'lock';

/**
 * Takes the exclusive lock of `path`, making the file (content `lock`) when it is missing; undefined when another holder
 * has it.
 *
 * Apache's broker holds a POSIX record lock on the first byte, which Node can see (`/proc/locks`) and cannot take. So two
 * things are asked: a socket name derived from the file's identity, which only one process can bind and which the kernel
 * frees when that process dies in any way, and the kernel's table of record locks.
 *
 * Limits: an Apache broker that is started second does not see our lock. Neither check crosses a container's border
 * (network and process namespaces); there, each container needs a store folder of its own, as with Apache.
 */
export async function lockFile(path: string): Promise<DiskLock | undefined> {
  const identity = makeAndIdentify(path);
  const name = `rocketmq-ts-lock-${identity.dev.toString(16)}-${identity.ino}`;
  const holder = process.platform === 'linux' ? await bind(`\0${name}`) : await bindSocketFile(`/tmp/${name}.sock`);
  if (holder === undefined) return undefined;
  if (process.platform === 'linux' && hasRecordLock(identity, readProcLocks())) {
    holder.close();
    return undefined;
  }
  let held = true;
  return {
    release: () => {
      if (held) holder.close();
      held = false;
    },
  };
}

interface FileIdentity {
  readonly dev: bigint;
  readonly ino: bigint;
}

function makeAndIdentify(path: string): FileIdentity {
  const fd = fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_CREAT, 0o644);
  try {
    const stat = fs.fstatSync(fd, { bigint: true });
    if (stat.size === 0n) fs.writeSync(fd, CONTENT, 0);
    return { dev: stat.dev, ino: stat.ino };
  } finally {
    fs.closeSync(fd);
  }
}

/** Resolves to undefined when the name is taken. */
function bind(name: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error) => (systemErrorCode(error) === 'EADDRINUSE' ? resolve(undefined) : reject(error)));
    server.listen(name, () => {
      // Holding a lock must not keep the process alive.
      server.unref();
      resolve(server);
    });
  });
}

/**
 * Where sockets have names in the file system: a name at which no process answers is left from a dead one and is replaced.
 * Exported for its test.
 */
export async function bindSocketFile(socketPath: string): Promise<Server | undefined> {
  const server = await bind(socketPath);
  if (server !== undefined || (await answers(socketPath))) return server;
  fs.rmSync(socketPath, { force: true });
  return bind(socketPath);
}

function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(socketPath);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function readProcLocks(): string {
  try {
    return fs.readFileSync('/proc/locks', 'latin1');
  } catch {
    // Not mounted or hidden: then other users of the folder can't be seen, only our own processes.
    return '';
  }
}

/**
 * True when the table (lines of `1: POSIX  ADVISORY  WRITE 4711 08:01:1234 0 0`: device in hex, inode, first and last byte)
 * names a write lock on the file's first byte. Exported for its test.
 */
export function hasRecordLock(identity: FileIdentity, table: string): boolean {
  for (const line of table.split('\n')) {
    const [, type, , access, pid, file, first] = line.trim().split(/\s+/);
    if ((type !== 'POSIX' && type !== 'OFDLCK') || access !== 'WRITE' || first !== '0') continue;
    const [major, minor, inode] = (file ?? '').split(':');
    if (inode !== String(identity.ino)) continue;
    if (`${major}:${minor}` === deviceNumbers(identity.dev)) return true;
    // Layered file systems (overlay, btrfs) show another device there than stat does: ask the holder's open files.
    if (hasOpen(pid ?? '', identity)) return true;
  }
  return false;
}

/** `major:minor` of a device number as Linux packs it, in the form of `/proc/locks`. */
function deviceNumbers(dev: bigint): string {
  const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & 0xfffff000n);
  const minor = (dev & 0xffn) | ((dev >> 12n) & 0xffffff00n);
  return `${major.toString(16).padStart(2, '0')}:${minor.toString(16).padStart(2, '0')}`;
}

function hasOpen(pid: string, identity: FileIdentity): boolean {
  try {
    return fs.readdirSync(`/proc/${pid}/fd`).some((fd) => {
      const stat = fs.statSync(`/proc/${pid}/fd/${fd}`, { bigint: true, throwIfNoEntry: false });
      return stat?.ino === identity.ino && stat.dev === identity.dev;
    });
  } catch {
    // The holder ended meanwhile, or belongs to another user, whose files we could not be asked to open either.
    return false;
  }
}
