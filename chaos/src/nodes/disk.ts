import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { Ballast } from '@rocketmq-ts/testkit/torture';
import { run, works } from './command.ts';

/** Where the first version of control groups has the limits for disks. */
const THROTTLE = '/sys/fs/cgroup/blkio';

/**
 * A disk of one node: an ext4 file system in a file, on a loop device. It survives its process, fills up, slows down, stalls, turns
 * read-only after an error, and can be lost, each alone.
 */
export class NodeDisk {
  readonly path: string;
  /** What another program puts there. */
  readonly ballast: Ballast;
  readonly #image: string;
  readonly #sizeMiB: number;
  #device = '';
  #isFrozen = false;

  /** The file system is mounted at `path`; its bytes are in `<path>.img`. */
  constructor(path: string, sizeMiB: number) {
    this.path = path;
    this.ballast = new Ballast(path);
    this.#image = `${path}.img`;
    this.#sizeMiB = sizeMiB;
  }

  async make(): Promise<void> {
    mkdirSync(this.path, { recursive: true });
    closeSync(openSync(this.#image, 'w'));
    truncateSync(this.#image, this.#sizeMiB * 1024 * 1024);
    await run('mkfs.ext4', ['-q', '-m', '0', this.#image]);
    await this.mount('rw');
  }

  /** Repairs what an error left, as an operator does. */
  async mount(mode: 'ro' | 'rw'): Promise<void> {
    await works('e2fsck', ['-p', this.#image]);
    await run('mount', ['-o', `loop,${mode},errors=remount-ro`, this.#image, this.path]);
    this.#device = (await run('findmnt', ['-n', '-o', 'SOURCE', this.path])).trim();
  }

  /** The process that uses it has ended before. */
  async unmount(): Promise<void> {
    await this.thaw();
    if (await works('mountpoint', ['-q', this.path])) {
      if (!(await works('umount', [this.path]))) await run('umount', ['-l', this.path]);
    }
  }

  /** The disk is gone with all that was on it. */
  async lose(): Promise<void> {
    await this.unmount();
    rmSync(this.#image, { force: true });
  }

  /** Every write waits until `thaw`. */
  async freeze(): Promise<void> {
    this.#isFrozen = true;
    await run('fsfreeze', ['-f', this.path]);
  }

  async thaw(): Promise<void> {
    if (!this.#isFrozen) return;
    this.#isFrozen = false;
    await run('fsfreeze', ['-u', this.path]);
  }

  /** The kernel is made to find an error in the file system, and no longer writes to it; open files do not prevent this. */
  breakToReadOnly(): void {
    writeFileSync(`/sys/fs/ext4/${basename(this.#device)}/trigger_fs_error`, 'chaos');
  }

  /** Whether the kernel can limit what a process writes to a disk in a second. */
  static canThrottle(): boolean {
    return existsSync(`${THROTTLE}/blkio.throttle.write_bps_device`);
  }

  /** Writes that the process waits for (its syncs) pass at so many bytes a second. */
  throttle(group: string, pid: number, bytesPerSecond: number): void {
    const folder = `${THROTTLE}/${group}`;
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${folder}/blkio.throttle.write_bps_device`, `${this.#deviceNumber} ${bytesPerSecond}`);
    writeFileSync(`${folder}/cgroup.procs`, String(pid));
  }

  unthrottle(group: string): void {
    writeFileSync(`${THROTTLE}/${group}/blkio.throttle.write_bps_device`, `${this.#deviceNumber} 0`);
  }

  get #deviceNumber(): string {
    return readFileSync(`/sys/block/${basename(this.#device)}/dev`, 'utf8').trim();
  }
}
