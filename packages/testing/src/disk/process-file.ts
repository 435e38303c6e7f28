import { asError, type DiskCallback, type DiskFile, type DiskReadCallback, nodeClock } from '@rocketmq-ts/kernel';
import { diskError } from '../simulated/faults.ts';

/** What an open file asks of the disk of its process. */
export interface FileOwner {
  /** Throws ENOSPC when the disk is full. */
  needRoom(operation: string): void;
  later<A extends unknown[]>(call: (ended: (...answer: A) => void) => void, done: (...answer: A) => void): void;
  closed(): void;
}

/** A file that a process has open. When the process ends, it is closed as soon as no call is under way on it. */
export class ProcessFile implements DiskFile {
  readonly path: string;
  readonly #file: DiskFile;
  readonly #owner: FileOwner;
  #underWay = 0;
  #isAlive = true;

  constructor(file: DiskFile, owner: FileOwner) {
    this.path = file.path;
    this.#file = file;
    this.#owner = owner;
  }

  /** The process has ended. */
  end(): void {
    this.#isAlive = false;
    if (this.#underWay === 0) this.#file.close();
  }

  size(): number {
    return this.#living('fstat').size();
  }

  write(buffer: Uint8Array, offset: number, length: number, position: number, done: DiskCallback): void {
    const file = this.#living('write');
    this.#later<[Error | null]>((ended) => {
      try {
        this.#owner.needRoom('write');
      } catch (error) {
        // The callback runs after the call has returned.
        nodeClock.endOfTurn(() => ended(asError(error)));
        return;
      }
      file.write(buffer, offset, length, position, ended);
    }, done);
  }

  read(buffer: Uint8Array, offset: number, length: number, position: number, done: DiskReadCallback): void {
    const file = this.#living('read');
    this.#later<[Error | null, number]>((ended) => file.read(buffer, offset, length, position, ended), done);
  }

  sync(done: DiskCallback): void {
    const file = this.#living('sync');
    this.#later<[Error | null]>((ended) => file.sync(ended), done);
  }

  writeSync(buffer: Uint8Array, offset: number, length: number, position: number): void {
    this.#owner.needRoom('write');
    this.#living('write').writeSync(buffer, offset, length, position);
  }

  readSync(buffer: Uint8Array, offset: number, length: number, position: number): number {
    return this.#living('read').readSync(buffer, offset, length, position);
  }

  syncSync(): void {
    this.#living('sync').syncSync();
  }

  truncate(length: number): void {
    this.#living('truncate').truncate(length);
  }

  close(): void {
    if (!this.#isAlive) return;
    this.#file.close();
    this.#owner.closed();
  }

  #later<A extends unknown[]>(call: (ended: (...answer: A) => void) => void, done: (...answer: A) => void): void {
    this.#underWay++;
    const begin = (ended: (...answer: A) => void): void =>
      call((...answer) => {
        this.#underWay--;
        if (!this.#isAlive && this.#underWay === 0) this.#file.close();
        ended(...answer);
      });
    this.#owner.later(begin, done);
  }

  #living(operation: string): DiskFile {
    if (!this.#isAlive) throw diskError('EBADF', operation, this.path);
    return this.#file;
  }
}
