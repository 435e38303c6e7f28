/** What is wrong with the disk of a machine; its processes see it at their next call. */
export class DiskSwitches {
  /** How much longer each write, read and sync takes. */
  delayMs = 0;
  /** No byte more fits: writes fail with ENOSPC, and the disk reports no free space. */
  isFull = false;
}
