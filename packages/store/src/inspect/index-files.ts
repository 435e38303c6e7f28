import type { Disk } from '@rocketmq-ts/kernel';
import { ENTRY_BYTES, FIRST_ENTRY, INDEX_HEADER_BYTES, readIndexHeader, SLOT_BYTES } from '../index/layout.ts';
import type { FilePool } from '../log/file-pool.ts';
import { SlotCountSearch, usualSlotCount } from './index-slot-count.ts';

const FILE_NAME = /^\d{17}$/;

/** One index file as its header describes it. */
export interface IndexFileHeader {
  readonly path: string;
  readonly name: string;
  readonly sizeBytes: number;
  readonly beginTimestamp: number;
  readonly endTimestamp: number;
  readonly beginPhysicalOffset: number;
  readonly endPhysicalOffset: number;
  readonly usedSlots: number;
  /** Entry 0 is never used. */
  readonly entryCount: number;
  /** 0 when neither the lengths of the files nor their entries show it. */
  readonly slotCount: number;
}

export interface IndexFolder {
  /** In the order in which they were made. */
  readonly files: readonly IndexFileHeader[];
  readonly foreign: readonly string[];
}

/** The index files of a store. `slotCount`: how many slots each has; found by looking at the files unless given. */
export function readIndexFolder(disk: Disk, pool: FilePool, directory: string, slotCount?: number): IndexFolder {
  const files: FoundFile[] = [];
  const foreign: string[] = [];
  for (const { name, isDirectory } of disk.list(directory)) {
    const path = `${directory}/${name}`;
    if (isDirectory || !FILE_NAME.test(name)) foreign.push(path);
    else files.push(readHeader(disk, pool, path, name));
  }
  const counts = new Map<number, number>();
  const countOf = (sizeBytes: number): number => {
    let count = counts.get(sizeBytes);
    if (count === undefined) {
      count = findSlotCount(
        pool,
        files.filter((file) => file.sizeBytes === sizeBytes),
        sizeBytes,
      );
      counts.set(sizeBytes, count);
    }
    return count;
  };
  return { files: files.map((file) => ({ ...file, slotCount: slotCount ?? countOf(file.sizeBytes) })), foreign };
}

type FoundFile = Omit<IndexFileHeader, 'slotCount'>;

function readHeader(disk: Disk, pool: FilePool, path: string, name: string): FoundFile {
  const bytes = Buffer.alloc(INDEX_HEADER_BYTES);
  pool.use(path, (file) => file.readSync(bytes, 0, bytes.length, 0));
  const { beginTimestamp, endTimestamp, beginPhyOffset, endPhyOffset, usedSlots, nextEntry } = readIndexHeader(bytes);
  return {
    ...{ path, name, sizeBytes: disk.stat(path)?.sizeBytes ?? 0, beginTimestamp, endTimestamp },
    ...{ beginPhysicalOffset: beginPhyOffset, endPhysicalOffset: endPhyOffset, usedSlots },
    entryCount: nextEntry - FIRST_ENTRY,
  };
}

/** Files of one length have one count: the first that is whole shows it. Apache's proportion holds where none does. */
function findSlotCount(pool: FilePool, files: readonly FoundFile[], sizeBytes: number): number {
  const usual = usualSlotCount(sizeBytes);
  const search = <Result>(found: FoundFile, run: (search: SlotCountSearch) => Result): Result =>
    pool.use(found.path, (file) => run(new SlotCountSearch(file, found)));
  if (usual > 0 && files.some((file) => search(file, (each) => each.fits(usual)))) return usual;
  for (const file of files) {
    const found = search(file, (each) => each.run());
    if (found > 0) return found;
  }
  if (usual > 0 || files.some(({ entryCount }) => entryCount > 0)) return usual;
  // No file has an entry, so that any count holds which the length allows.
  const words = (sizeBytes - INDEX_HEADER_BYTES) / SLOT_BYTES;
  return Number.isInteger(words) && words > 0 ? words % (ENTRY_BYTES / SLOT_BYTES) || ENTRY_BYTES / SLOT_BYTES : 0;
}

/** How many entries the file has room for. */
export function indexCapacity(file: IndexFileHeader): number {
  const entries = (file.sizeBytes - INDEX_HEADER_BYTES - file.slotCount * SLOT_BYTES) / ENTRY_BYTES;
  return Math.max(0, Math.floor(entries) - 1);
}
