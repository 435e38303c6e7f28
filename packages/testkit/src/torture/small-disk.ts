import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { Ballast } from './ballast.ts';

/** A file system in memory that is really full when it is full. Needs the right to mount: root, on Linux. */
export class SmallDisk {
  readonly path: string;
  /** What another program puts there. */
  readonly ballast: Ballast;
  readonly #sizeMiB: number;
  #isMounted = false;

  constructor(path: string, sizeMiB: number) {
    this.path = path;
    this.ballast = new Ballast(path);
    this.#sizeMiB = sizeMiB;
  }

  /** Throws with what `mount` prints. */
  mount(): void {
    mkdirSync(this.path, { recursive: true });
    run('mount', '-t', 'tmpfs', '-o', `size=${this.#sizeMiB}m`, 'tmpfs', this.path);
    this.#isMounted = true;
  }

  remount(mode: 'ro' | 'rw'): void {
    run('mount', '-o', `remount,${mode}`, this.path);
  }

  /** Makes a folder or file unchangeable for every user, or changeable again. Throws where the file system can't do it. */
  setImmutable(path: string, on: boolean): void {
    run('chattr', on ? '+i' : '-i', path);
  }

  unmount(): void {
    if (!this.#isMounted) return;
    // Lazily: a process that was killed may still be going.
    run('umount', '-l', this.path);
    this.#isMounted = false;
  }
}

function run(command: string, ...args: readonly string[]): void {
  execFileSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
