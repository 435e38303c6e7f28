import { posix } from 'node:path';
import type {
  Clock,
  DirectoryEntry,
  Disk,
  DiskCallback,
  DiskFile,
  DiskLock,
  DiskReadCallback,
  DiskSpace,
  FileStat,
  OpenMode,
  Timer,
} from '@rocketmq-ts/kernel';
import { FileContent, SECTOR_BYTES } from './disk-content.ts';
import { DiskNames } from './disk-names.ts';
import { type DiskFault, DiskFaults, type DiskOperation, diskError } from './faults.ts';
import type { SeededRandom } from './random.ts';

export interface SimulatedDiskOptions {
  readonly clock: Clock;
  readonly random: SeededRandom;
  /** Longest time of an asynchronous call; each takes a random part of it. Default 0: done in the next turn. */
  readonly maxLatencyMs?: number;
  /** Default 1 TiB. Writes and new files beyond it fail with ENOSPC. */
  readonly totalBytes?: number;
  /** How often a write is followed by the system writing some page back on its own. Default 0.1. */
  readonly writeBackChance?: number;
}

/** Selects calls that change the disk. */
export type CallFilter = (operation: DiskOperation, path: string) => boolean;

/** An asynchronous call that the system has not finished. */
interface Pending {
  /** The process dies now: what of it has already happened? */
  abandon(): void;
  timer: Timer | undefined;
}

/**
 * A disk in memory that forgets. Calls complete through the virtual clock; `killProcess` and `crash` end the process that
 * uses it, after which the same object is what a new process finds.
 *
 * What a crash takes: of every file each un-synced sector by itself, so that later writes may be there and earlier ones
 * not, within a file and between files, and a record may be torn at a sector's border, never inside a sector; lengths that
 * were not synced; names that were made, removed or renamed since the last sync of their directory, the latest ones first,
 * as a journalling file system loses them. What a failed sync covered is lost as well, and so is what a lying one did.
 */
export class SimulatedDisk implements Disk {
  readonly faults = new DiskFaults();
  readonly #clock: Clock;
  #random: SeededRandom;
  readonly #maxLatencyMs: number;
  readonly #totalBytes: number;
  readonly #isSized: boolean;
  /** Taken by others than the programs that use this object: their files fill the disk, or give it free again. */
  occupiedBytes = 0;
  readonly #writeBackChance: number;
  #names = new DiskNames();
  readonly #locks = new Set<string>();
  readonly #pending = new Set<Pending>();
  #generation = 0;
  #death: { calls: number; readonly counts: CallFilter; readonly onDeath: () => void } | undefined;

  constructor(options: SimulatedDiskOptions) {
    this.#clock = options.clock;
    this.#random = options.random;
    this.#maxLatencyMs = options.maxLatencyMs ?? 0;
    this.#totalBytes = options.totalBytes ?? 2 ** 40;
    this.#isSized = options.totalBytes !== undefined;
    this.#writeBackChance = options.writeBackChance ?? 0.1;
  }

  /** Randomness continues from this seed: later choices do not depend on how much of it was used before. */
  reseed(random: SeededRandom): void {
    this.#random = random;
  }

  /**
   * Ends the process: its files are closed and its locks released, calls under way happen whole, in part or not at all, their callbacks
   * never run. What was written stays, since the page cache belongs to the system.
   */
  killProcess(): void {
    this.#generation++;
    for (const call of this.#pending) {
      call.timer?.cancel();
      call.abandon();
    }
    this.#pending.clear();
    this.#locks.clear();
  }

  /**
   * The process dies at its `calls`-th call from now that changes the disk, before that call does anything: `onDeath` runs,
   * and this call and all later ones fail, until `revive`. What dies is what the caller makes of it: `onDeath` is the place
   * to kill the process, or to take its power. With `counts`, only those calls are counted for which it answers true.
   */
  dieAt(calls: number, onDeath: () => void, counts: CallFilter = () => true): void {
    this.#death = { calls, counts, onDeath };
  }

  /** A new process begins: its calls reach the disk. */
  revive(): void {
    this.#death = undefined;
  }

  /** A loss of power: the process ends, and of everything that was not synced some is lost, torn or kept, by seed. */
  crash(): void {
    this.killProcess();
    const contents = new Set<FileContent>();
    for (const [, node] of this.#names.entries()) if (node !== 'directory') contents.add(node);
    this.#names.crash(this.#random);
    for (const [, node] of this.#names.entries()) if (node !== 'directory') contents.add(node);
    for (const content of contents) content.crash(this.#random);
  }

  /** The machine gets another disk, an empty one. No process may run. */
  replace(): void {
    this.#names = new DiskNames();
  }

  open(path: string, mode: OpenMode): DiskFile {
    const at = normal(path);
    this.#check('open', at);
    let node = this.#names.get(at);
    if (node === 'directory') throw diskError('EISDIR', 'open', at);
    if (node === undefined) {
      if (mode !== 'create') throw diskError('ENOENT', 'open', at);
      this.#needDirectory(posix.dirname(at));
      node = new FileContent();
      node.modifiedMs = this.#clock.now();
      this.#names.put(at, node);
    }
    return new SimulatedFile(this.#accessTo(), at, node, mode === 'read');
  }

  readFile(path: string): Buffer | undefined {
    const at = normal(path);
    const node = this.#names.get(at);
    if (node === undefined) return undefined;
    if (node === 'directory') throw diskError('EISDIR', 'read', at);
    this.#check('read', at);
    const bytes = Buffer.alloc(node.sizeBytes);
    node.read(bytes, 0);
    return bytes;
  }

  list(path: string): DirectoryEntry[] {
    const prefix = posix.join(normal(path), '/');
    const found: DirectoryEntry[] = [];
    for (const [each, node] of this.#names.entries()) {
      if (!each.startsWith(prefix) || each === '/' || each.includes('/', prefix.length)) continue;
      found.push({ name: each.slice(prefix.length), isDirectory: node === 'directory' });
    }
    return found.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  stat(path: string): FileStat | undefined {
    const node = this.#names.get(normal(path));
    if (node === undefined) return undefined;
    if (node === 'directory') return { sizeBytes: 0, modifiedMs: 0, isDirectory: true };
    return { sizeBytes: node.sizeBytes, modifiedMs: node.modifiedMs, isDirectory: false };
  }

  makeDirectory(path: string): void {
    const at = normal(path);
    const node = this.#names.get(at);
    if (node === 'directory') return;
    if (node !== undefined) throw diskError('EEXIST', 'mkdir', at);
    this.#check('makeDirectory', at);
    this.makeDirectory(posix.dirname(at));
    this.#names.put(at, 'directory');
  }

  remove(path: string): void {
    const at = normal(path);
    if (this.#names.get(at) === undefined) return;
    this.#check('remove', at);
    this.#names.remove(at);
  }

  removeFile(path: string, done: DiskCallback): void {
    const at = normal(path);
    const directory = posix.dirname(at);
    const generation = this.#generation;
    const perform = (): number => {
      const node = this.#names.get(at);
      if (node === 'directory') throw diskError('EISDIR', 'unlink', at);
      if (node !== undefined) this.#names.remove(at);
      if (this.#names.get(directory) === 'directory') this.#names.sync(directory);
      return 0;
    };
    // The process died meanwhile: the name is there, or removed, or durably removed. The call failed: nothing happened.
    const abandon = (): void => {
      if (generation === this.#generation) return;
      const far = this.#random.below(3);
      if (far === 2) perform();
      else if (far === 1 && this.#names.get(at) !== undefined) this.#names.remove(at);
    };
    this.#later('remove', at, perform, abandon, (error) => done(error));
  }

  rename(from: string, to: string): void {
    const source = normal(from);
    const target = normal(to);
    this.#check('rename', source);
    if (this.#names.get(source) === undefined) throw diskError('ENOENT', 'rename', source);
    this.#needDirectory(posix.dirname(target));
    if (source !== target) this.#names.rename(source, target);
  }

  syncDirectory(path: string): void {
    const at = normal(path);
    this.#needDirectory(at);
    const fault = this.#take('syncDirectory', at);
    if (fault?.code !== undefined) throw diskError(fault.code, 'syncDirectory', at);
    if (fault?.lost !== true) this.#names.sync(at);
  }

  syncDirectoryLater(path: string, done: DiskCallback): void {
    const at = normal(path);
    const generation = this.#generation;
    const perform = (): number => {
      this.#needDirectory(at);
      this.#names.sync(at);
      return 0;
    };
    // The process died meanwhile: the system may still finish it. The call failed: nothing became durable.
    const abandon = (): void => {
      if (generation !== this.#generation && this.#names.get(at) === 'directory' && this.#random.chance(0.5)) perform();
    };
    this.#later('syncDirectory', at, perform, abandon, (error) => done(error));
  }

  space(_path: string): DiskSpace {
    const usedBytes = this.#allocatedBytes();
    return { totalBytes: this.#totalBytes, usedBytes, freeBytes: Math.max(0, this.#totalBytes - usedBytes) };
  }

  async lock(path: string): Promise<DiskLock | undefined> {
    const at = normal(path);
    if (this.#names.get(at) === undefined) this.open(at, 'create').writeSync(Buffer.from('lock'), 0, 4, 0);
    if (this.#locks.has(at)) return undefined;
    this.#locks.add(at);
    const generation = this.#generation;
    return {
      release: () => {
        if (generation === this.#generation) this.#locks.delete(at);
      },
    };
  }

  #accessTo(): FileAccess {
    const generation = this.#generation;
    const random = (): SeededRandom => this.#random;
    return {
      isAlive: () => generation === this.#generation,
      take: (operation, path) => this.#take(operation, path),
      check: (operation, path) => this.#check(operation, path),
      later: (operation, path, perform, abandon, done) => this.#later(operation, path, perform, abandon, done),
      wrote: (content) => {
        content.modifiedMs = this.#clock.now();
        if (this.#random.chance(this.#writeBackChance)) content.writeBackOne(this.#random);
      },
      fitting: (content, position, length) => {
        // Counting all blocks is slow; a disk without a configured size is never full.
        if (!this.#isSized || content.wouldAllocate(position, length) === 0) return length;
        return content.fitting(position, length, this.#totalBytes - this.#allocatedBytes());
      },
      get random() {
        return random();
      },
    };
  }

  /** Performs a call after its latency, unless a fault hits it; the process may die before. */
  #later(
    operation: DiskOperation,
    path: string,
    perform: () => number,
    abandon: () => void,
    done: (error: Error | null, count: number) => void,
  ): void {
    const generation = this.#generation;
    if (this.#isDeathOf(operation, path)) return;
    const fault = this.faults.take(operation, path);
    const pending: Pending = { abandon, timer: undefined };
    this.#pending.add(pending);
    const report = (error: Error | null, count: number): void => {
      try {
        done(error, count);
      } catch (problem) {
        // The process died in the middle of what it does with the answer: its outcome is not seen.
        if (generation === this.#generation) throw problem;
      }
    };
    pending.timer = this.#clock.after(this.#random.below(this.#maxLatencyMs + 1) + (fault?.delayMs ?? 0), () => {
      if (generation !== this.#generation) return;
      this.#pending.delete(pending);
      if (fault?.code !== undefined) {
        abandon();
        return report(diskError(fault.code, operation, path), 0);
      }
      if (fault?.lost === true) {
        abandon();
        return report(null, 0);
      }
      let count: number;
      try {
        count = perform();
      } catch (error) {
        return report(error as Error, 0);
      }
      report(null, count);
    });
  }

  #check(operation: DiskOperation, path: string): void {
    const fault = this.#take(operation, path);
    if (fault?.code !== undefined) throw diskError(fault.code, operation, path);
  }

  #take(operation: DiskOperation, path: string): DiskFault | undefined {
    if (this.#isDeathOf(operation, path)) throw diskError('EIO', `the process is dead, ${operation}`, path);
    return this.faults.take(operation, path);
  }

  /** True from the call on at which the process dies. */
  #isDeathOf(operation: DiskOperation, path: string): boolean {
    const death = this.#death;
    if (death === undefined || operation === 'read') return false;
    if (death.calls > 0 && !death.counts(operation, path)) return false;
    death.calls -= 1;
    if (death.calls === 0) death.onDeath();
    return death.calls <= 0;
  }

  #needDirectory(path: string): void {
    const node = this.#names.get(path);
    if (node === undefined) throw diskError('ENOENT', 'open', path);
    if (node !== 'directory') throw diskError('ENOTDIR', 'open', path);
  }

  #allocatedBytes(): number {
    let total = this.occupiedBytes;
    for (const [, node] of this.#names.entries()) if (node !== 'directory') total += node.allocatedBytes;
    return total;
  }
}

/** What an open file may ask of its disk. */
interface FileAccess {
  isAlive(): boolean;
  take(operation: DiskOperation, path: string): DiskFault | undefined;
  check(operation: DiskOperation, path: string): void;
  later(
    operation: DiskOperation,
    path: string,
    perform: () => number,
    abandon: () => void,
    done: (error: Error | null, count: number) => void,
  ): void;
  wrote(content: FileContent): void;
  /** How many bytes of a write the disk has room for. */
  fitting(content: FileContent, position: number, length: number): number;
  readonly random: SeededRandom;
}

class SimulatedFile implements DiskFile {
  readonly path: string;
  readonly #disk: FileAccess;
  readonly #content: FileContent;
  readonly #isReadOnly: boolean;
  #isOpen = true;
  #underWay = 0;

  constructor(disk: FileAccess, path: string, content: FileContent, isReadOnly: boolean) {
    this.#disk = disk;
    this.path = path;
    this.#content = content;
    this.#isReadOnly = isReadOnly;
  }

  size(): number {
    this.#needOpen('fstat');
    return this.#content.sizeBytes;
  }

  write(buffer: Uint8Array, offset: number, length: number, position: number, done: DiskCallback): void {
    this.#needWritable('write');
    // Read when it is performed, not now: who changes a lent buffer shall see it in the file.
    const perform = (): number => this.#put(buffer.subarray(offset, offset + length), position);
    const abandon = (): void => this.#putSome(buffer.subarray(offset, offset + length), position);
    this.#later('write', perform, abandon, (error) => done(error));
  }

  read(buffer: Uint8Array, offset: number, length: number, position: number, done: DiskReadCallback): void {
    this.#needOpen('read');
    const perform = (): number => this.#content.read(buffer.subarray(offset, offset + length), position);
    this.#later('read', perform, () => {}, done);
  }

  sync(done: DiskCallback): void {
    this.#needOpen('sync');
    this.#content.beginSync();
    const perform = (): number => {
      this.#content.completeSync();
      return 0;
    };
    const abandon = (): void => {
      // The process died: the system may still finish the sync. The call failed: its pages are given up.
      if (this.#disk.isAlive()) this.#content.failSync();
      else if (this.#disk.random.chance(0.5)) this.#content.completeSync();
    };
    this.#later('sync', perform, abandon, (error) => done(error));
  }

  writeSync(buffer: Uint8Array, offset: number, length: number, position: number): void {
    this.#needWritable('write');
    const bytes = buffer.subarray(offset, offset + length);
    const fault = this.#disk.take('write', this.path);
    if (fault?.code !== undefined) {
      this.#putSome(bytes, position);
      throw diskError(fault.code, 'write', this.path);
    }
    this.#put(bytes, position);
  }

  readSync(buffer: Uint8Array, offset: number, length: number, position: number): number {
    this.#needOpen('read');
    this.#disk.check('read', this.path);
    return this.#content.read(buffer.subarray(offset, offset + length), position);
  }

  syncSync(): void {
    this.#needOpen('sync');
    this.#content.beginSync();
    const fault = this.#disk.take('sync', this.path);
    if (fault?.code === undefined && fault?.lost !== true) return this.#content.completeSync();
    this.#content.failSync();
    if (fault.code !== undefined) throw diskError(fault.code, 'sync', this.path);
  }

  truncate(length: number): void {
    this.#needWritable('truncate');
    this.#disk.check('truncate', this.path);
    this.#content.truncate(length);
    this.#disk.wrote(this.#content);
  }

  close(): void {
    if (!this.#isOpen) return;
    if (this.#underWay > 0 && this.#disk.isAlive()) {
      throw diskError('EBUSY', `close with ${this.#underWay} calls under way on`, this.path);
    }
    this.#isOpen = false;
  }

  /** A full disk takes the beginning of a write. */
  #put(bytes: Uint8Array, position: number): number {
    const count = this.#disk.fitting(this.#content, position, bytes.length);
    this.#content.write(bytes.subarray(0, count), position);
    this.#disk.wrote(this.#content);
    if (count < bytes.length) throw diskError('ENOSPC', 'write', this.path);
    return count;
  }

  /**
   * What a write that failed, or whose process died, has done: nothing, everything or the beginning. No signal comes
   * between the bytes of a page, no loss of power between those of a sector: it ends where a sector does.
   */
  #putSome(bytes: Uint8Array, position: number): void {
    const { random } = this.#disk;
    const end = position + random.between(0, bytes.length);
    const whole = Math.max(0, end - (end % SECTOR_BYTES) - position);
    const some = random.pick([0, bytes.length, whole]);
    this.#content.write(bytes.subarray(0, this.#disk.fitting(this.#content, position, some)), position);
  }

  #later(
    operation: DiskOperation,
    perform: () => number,
    abandon: () => void,
    done: (error: Error | null, count: number) => void,
  ): void {
    this.#underWay++;
    this.#disk.later(operation, this.path, perform, abandon, (error, count) => {
      this.#underWay--;
      done(error, count);
    });
  }

  #needOpen(operation: string): void {
    if (!this.#isOpen || !this.#disk.isAlive()) throw diskError('EBADF', operation, this.path);
  }

  #needWritable(operation: string): void {
    this.#needOpen(operation);
    if (this.#isReadOnly) throw diskError('EBADF', operation, this.path);
  }
}

function normal(path: string): string {
  return posix.resolve('/', path);
}
