import type { Disk } from '@rocketmq-ts/kernel';
import type { FilePool } from '../file-pool.ts';
import { ENTRY_BYTES, FIRST_ENTRY, INDEX_HEADER_BYTES, readIndexHeader, SLOT_BYTES } from '../index-layout.ts';

const FILE_NAME = /^\d{17}$/;
/** Entries for each slot where nothing else is configured. Source: MessageStoreConfig. */
const ENTRIES_PER_SLOT = 4;

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
  /** 0 when the length of the file does not tell it. */
  readonly slotCount: number;
}

export interface IndexFolder {
  /** In the order in which they were made. */
  readonly files: readonly IndexFileHeader[];
  readonly foreign: readonly string[];
}

/** The index files of a store. `slotCount`: where it is not a quarter of the entries' count, as it is by default. */
export function readIndexFolder(disk: Disk, pool: FilePool, directory: string, slotCount?: number): IndexFolder {
  const files: IndexFileHeader[] = [];
  const foreign: string[] = [];
  for (const { name, isDirectory } of disk.list(directory)) {
    const path = `${directory}/${name}`;
    if (isDirectory || !FILE_NAME.test(name)) foreign.push(path);
    else files.push(readHeader(disk, pool, path, name, slotCount));
  }
  return { files, foreign };
}

function readHeader(disk: Disk, pool: FilePool, path: string, name: string, slotCount?: number): IndexFileHeader {
  const bytes = Buffer.alloc(INDEX_HEADER_BYTES);
  const borrowed = pool.borrow(path);
  try {
    borrowed.file.readSync(bytes, 0, bytes.length, 0);
  } finally {
    pool.giveBack(borrowed);
  }
  const sizeBytes = disk.stat(path)?.sizeBytes ?? 0;
  const header = readIndexHeader(bytes);
  return {
    path,
    name,
    sizeBytes,
    beginTimestamp: header.beginTimestamp,
    endTimestamp: header.endTimestamp,
    beginPhysicalOffset: header.beginPhyOffset,
    endPhysicalOffset: header.endPhyOffset,
    usedSlots: header.usedSlots,
    entryCount: header.nextEntry - FIRST_ENTRY,
    slotCount: slotCount ?? likelySlotCount(sizeBytes),
  };
}

function likelySlotCount(sizeBytes: number): number {
  const slots = (sizeBytes - INDEX_HEADER_BYTES) / (SLOT_BYTES + ENTRIES_PER_SLOT * ENTRY_BYTES);
  return Number.isInteger(slots) && slots > 0 ? slots : 0;
}

/** How many entries the file has room for. */
export function indexCapacity(file: IndexFileHeader): number {
  const entries = (file.sizeBytes - INDEX_HEADER_BYTES - file.slotCount * SLOT_BYTES) / ENTRY_BYTES;
  return Math.max(0, Math.floor(entries) - 1);
}
