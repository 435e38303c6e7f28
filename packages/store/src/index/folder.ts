import type { Disk, Logger } from '@rocketmq-ts/kernel';
import type { FilePool } from '../log/file-pool.ts';
import { IndexFile } from './index-file.ts';
import { FIRST_ENTRY, INDEX_HEADER_BYTES, type IndexHeader, type IndexShape, readIndexHeader } from './layout.ts';

const NAME = /^\d{17}$/;

/**
 * Name of a new file: the local time as 17 digits, down to milliseconds. Behind the name of the file before it in any case,
 * since their order is that of the names, and clocks are set back. Source: UtilAll#timeMillisToHumanString.
 */
export function nextIndexFileName(nowMs: number, lastName: string | undefined): string {
  const now = new Date(nowMs);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${String(now.getFullYear()).padStart(4, '0')}${two(now.getMonth() + 1)}${two(now.getDate())}`;
  const time = `${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`;
  const name = `${day}${time}${String(now.getMilliseconds()).padStart(3, '0')}`;
  if (lastName === undefined || name > lastName) return name;
  return String(BigInt(lastName) + 1n).padStart(17, '0');
}

/**
 * Opens the files of a folder, oldest first. Foreign names are left alone with a warning. Files from the first one on that has
 * another length, or a header that does not follow the one before, are removed. A file that `isInDoubt` is read from its
 * beginning and ends where its entries do not fit any more; those that are newer than `durableTimestamp` are written again.
 */
export function loadIndexFiles(
  parts: { disk: Disk; pool: FilePool; logger: Logger; isChanged: (path: string) => boolean },
  directory: string,
  shape: IndexShape,
  isInDoubt: (file: IndexFile, isLast: boolean) => boolean,
  durableTimestamp: number,
): IndexFile[] {
  const { disk, pool, logger } = parts;
  const names = namesIn(disk, directory, logger);
  const files: IndexFile[] = [];
  for (const [i, name] of names.entries()) {
    const path = `${directory}/${name}`;
    const sizeBytes = disk.stat(path)?.sizeBytes ?? 0;
    const isAsItWas = sizeBytes === shape.fileBytes && !parts.isChanged(path);
    const header = isAsItWas ? headerOf(disk, path) : undefined;
    const before = files.at(-1);
    if (header === undefined || !isPlausible(header, shape) || !follows(header, before)) {
      removeFiles(parts, directory, names.slice(i), { sizeBytes, expectedBytes: shape.fileBytes });
      break;
    }
    const file = new IndexFile(disk, pool, directory, name, shape, header, true);
    const isLast = i === names.length - 1;
    const endFits = file.isEmpty || file.physicalOffsetOf(file.nextEntry - 1) === file.endPhyOffset;
    files.push(file);
    if (endFits && !isInDoubt(file, isLast)) continue;
    const expected = file.nextEntry;
    file.rebuild(durableTimestamp);
    if (file.nextEntry === expected) continue;
    logger.warn('entries of an index file are broken; they are made again', {
      path,
      entries: expected - file.nextEntry,
    });
    removeFiles(parts, directory, names.slice(i + 1), {});
    break;
  }
  return files;
}

function namesIn(disk: Disk, directory: string, logger: Logger): string[] {
  const names: string[] = [];
  for (const entry of disk.list(directory)) {
    if (entry.isDirectory) continue;
    if (NAME.test(entry.name)) names.push(entry.name);
    else logger.warn('a foreign file is ignored', { path: `${directory}/${entry.name}` });
  }
  return names;
}

function headerOf(disk: Disk, path: string): IndexHeader {
  const bytes = Buffer.alloc(INDEX_HEADER_BYTES);
  const file = disk.open(path, 'read');
  try {
    file.readSync(bytes, 0, bytes.length, 0);
  } finally {
    file.close();
  }
  return readIndexHeader(bytes);
}

function isPlausible(header: IndexHeader, shape: IndexShape): boolean {
  const { beginPhyOffset, endPhyOffset, beginTimestamp, endTimestamp, nextEntry, usedSlots } = header;
  if (nextEntry > shape.maxEntries || usedSlots < 0 || usedSlots > shape.slotCount) return false;
  if (beginPhyOffset < 0 || beginPhyOffset > endPhyOffset) return false;
  // The last entry may be stamped earlier than the first one: clocks are put back.
  return Number.isSafeInteger(endPhyOffset) && beginTimestamp >= 0 && endTimestamp >= 0;
}

/** Only a full file has one behind it. */
function follows(header: IndexHeader, before: IndexFile | undefined): boolean {
  if (before === undefined) return true;
  return before.isFull && (header.nextEntry === FIRST_ENTRY || header.beginPhyOffset >= before.endPhyOffset);
}

function removeFiles(
  parts: { disk: Disk; logger: Logger },
  directory: string,
  names: readonly string[],
  facts: Readonly<Record<string, unknown>>,
): void {
  if (names.length === 0) return;
  for (const name of names) {
    parts.logger.warn('an index file is broken or was changed, or one before it; it is made again from the log', {
      path: `${directory}/${name}`,
      ...facts,
    });
    parts.disk.remove(`${directory}/${name}`);
  }
  parts.disk.syncDirectory(directory);
}
