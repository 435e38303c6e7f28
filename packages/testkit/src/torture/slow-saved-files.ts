import { setTimeout as later } from 'node:timers';
import { type DiskCallback, type DiskFile, nodeDisk } from '@rocketmq-ts/kernel';

/**
 * Loaded into a broker before its own program (`node --import`), never by it: each sync of a small file under `config/`, and
 * of that folder, takes SLOW_SAVED_FILES_MS longer, as on a busy disk. What is acknowledged before such a sync is over shows
 * when the process is killed.
 */
const delayMs = Number(process.env.SLOW_SAVED_FILES_MS ?? 50);
const isSmall = (path: string): boolean => /\/config(?:\/|$)/.test(path);
const slowly =
  (done: DiskCallback): DiskCallback =>
  (error) =>
    void later(done, delayMs, error);

const { open, syncDirectoryLater } = nodeDisk;
nodeDisk.open = (path, mode): DiskFile => {
  const file = open(path, mode);
  if (!isSmall(path)) return file;
  const sync = file.sync.bind(file);
  return Object.assign(file, { sync: (done: DiskCallback) => sync(slowly(done)) });
};
nodeDisk.syncDirectoryLater = (path, done) => syncDirectoryLater(path, isSmall(path) ? slowly(done) : done);
