import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';

/** A file system in memory that is really full when it is full. Needs the right to mount: root, on Linux. */
export class SmallDisk {
  readonly path: string;
  readonly #sizeMiB: number;
  #isMounted = false;

  constructor(path: string, sizeMiB: number) {
    this.path = path;
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

  /** Another program takes all that is left. */
  fill(): void {
    const file = openSync(this.#outsider, 'w');
    for (const bytes of [1024 * 1024, 4096]) {
      const piece = Buffer.alloc(bytes, 1);
      try {
        for (;;) writeSync(file, piece);
      } catch (error) {
        if ((error as { code?: string }).code !== 'ENOSPC') throw error;
      }
    }
    closeSync(file);
  }

  free(): void {
    rmSync(this.#outsider, { force: true });
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

  get #outsider(): string {
    return `${this.path}/outsider`;
  }
}

function run(command: string, ...args: readonly string[]): void {
  execFileSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
