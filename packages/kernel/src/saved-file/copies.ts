import { type Disk, replaceFile } from '../disk.ts';
import { asError, CodedError, type KernelErrorCode, systemErrorCode } from '../errors.ts';
import type { Logger } from '../log.ts';

/** What a whole copy of a saved file holds. */
interface SavedContent<Value> {
  readonly value: Value;
  /** Change stamp, its most important part first: of two whole copies the one with the higher stamp is newer. */
  readonly version: readonly number[];
}

/** Makes a value of the bytes of a copy, which is a text; throws, with a sentence, when they are not a whole one. */
type ReadSaved<Value> = (bytes: Buffer) => SavedContent<Value>;

/** Where a saved file lies. */
interface SavedPlace {
  readonly disk: Disk;
  readonly logger: Logger;
  readonly path: string;
}

/**
 * Ends of the names beside the file itself, those first that are newer where stamps are equal: a save that was not
 * finished, the same of an earlier version of this program, a backup that was not finished, the backup.
 */
const UNFINISHED = '.tmp';
const UNFINISHED_BACKUP = '.bak.tmp';
const BACKUP = '.bak';
const OLD_UNFINISHED = '.new';
const LEFTOVERS = [UNFINISHED, OLD_UNFINISHED, UNFINISHED_BACKUP] as const;

/** A copy with its content, or with what is wrong with it. One of no bytes may also mean that nothing was saved yet. */
type Copy<Value> =
  | { readonly path: string; readonly bytes: Buffer; readonly content: SavedContent<Value> }
  | { readonly path: string; readonly problem: string; readonly isEmpty: boolean };
type Whole<Value> = Extract<Copy<Value>, { content: unknown }>;

/**
 * The newest whole content of a file that is saved with a backup; undefined when nothing was ever saved. The file itself
 * counts when it is whole, unless a save that was not finished left a newer copy; without it the newest of the others
 * counts, which then takes the place of the file, durably, so that the next save does not put the only whole copy at risk. A file that is
 * not whole stays as `.broken`. Each such choice is logged.
 *
 * Throws `SAVED_FILE_BROKEN` when something was saved and no copy of it is whole, and when the file is there but the
 * system does not let it be read: going on would forget what it holds.
 */
export function readSaved<Value>(place: SavedPlace, read: ReadSaved<Value>): Value | undefined {
  const { disk, logger, path } = place;
  const main = readCopy(place, path, read);
  const leftovers = LEFTOVERS.map((end) => readCopy(place, path + end, read));
  const backup = readCopy(place, path + BACKUP, read);
  const chosen = isWhole(main)
    ? newest([main, ...leftovers.slice(0, 2)])
    : newest([...leftovers, backup].filter((copy) => copy !== undefined));
  if (chosen === undefined) {
    const broken = [main, backup, ...leftovers].filter((copy) => copy !== undefined && !isWhole(copy));
    nothingIsWhole(place, broken as Extract<Copy<Value>, { problem: string }>[]);
    return undefined;
  }
  if (chosen !== main) {
    const problem = main === undefined ? 'it is missing' : isWhole(main) ? 'it is older' : main.problem;
    logger.warn('a saved file is not the newest whole copy of its content; another one is taken', {
      path,
      problem,
      taken: chosen.path,
    });
    promote(place, main, chosen);
  }
  // No save could put a backup in the place of a folder.
  if (disk.stat(path + BACKUP)?.isDirectory === true) setAside(disk, path + BACKUP);
  for (const end of LEFTOVERS) if (disk.stat(path + end) !== undefined) disk.remove(path + end);
  return chosen.content.value;
}

function readCopy<Value>({ disk, path }: SavedPlace, copy: string, read: ReadSaved<Value>): Copy<Value> | undefined {
  let bytes: Buffer | undefined;
  try {
    bytes = disk.readFile(copy);
  } catch (error) {
    const code = systemErrorCode(error);
    // Certainly damaged. A file without read permission may be the newest one.
    if (copy !== path || code === 'EIO' || code === 'EISDIR') {
      return { path: copy, problem: asError(error).message, isEmpty: false };
    }
    throw broken(`${path} can not be read (${code ?? asError(error).message}); let it be read by this program`, error);
  }
  if (bytes === undefined) return undefined;
  if (bytes.length === 0) return { path: copy, problem: 'it is empty', isEmpty: true };
  // Pages that were lost read as zeros. Within a quoted name they would even parse, as another name.
  if (bytes.includes(0)) return { path: copy, problem: 'it has bytes that no text has', isEmpty: false };
  try {
    return { path: copy, bytes, content: read(bytes) };
  } catch (error) {
    return { path: copy, problem: asError(error).message, isEmpty: false };
  }
}

function isWhole<Value>(copy: Copy<Value> | undefined): copy is Whole<Value> {
  return copy !== undefined && 'content' in copy;
}

/** Of equally new ones the first. */
function newest<Value>(copies: readonly (Copy<Value> | undefined)[]): Whole<Value> | undefined {
  let found: Whole<Value> | undefined;
  for (const copy of copies) {
    if (isWhole(copy) && (found === undefined || compare(copy.content.version, found.content.version) > 0))
      found = copy;
  }
  return found;
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function nothingIsWhole(
  place: SavedPlace,
  copies: readonly { path: string; problem: string; isEmpty: boolean }[],
): void {
  const { path, logger } = place;
  // A leftover alone is one of the first save: before it nothing was saved.
  const damaged = copies.filter((copy) => !copy.isEmpty && (copy.path === path || copy.path === path + BACKUP));
  if (damaged.length > 0) {
    const [first] = damaged;
    throw broken(
      `neither ${path} nor ${path}${BACKUP} can be read (${first!.problem}); put a good copy there, or move both away to start without what they held`,
    );
  }
  if (copies.length === 0) return;
  logger.warn('a saved file has no whole copy; it counts as not there', {
    path,
    found: copies.map((copy) => `${copy.path}: ${copy.problem}`).join('; '),
  });
}

function broken(sentence: string, cause?: unknown): Error {
  return new CodedError<KernelErrorCode>('SAVED_FILE_BROKEN', sentence, { cause });
}

function setAside(disk: Disk, path: string): void {
  disk.remove(`${path}.broken`);
  disk.rename(path, `${path}.broken`);
}

/**
 * Durably puts the copy in the place of the file. It is written anew: pages of a leftover whose sync failed are readable now
 * and are not on the disk. What was in the place of the file and is not whole stays for people to look at.
 */
function promote<Value>({ disk, logger, path }: SavedPlace, main: Copy<Value> | undefined, copy: Whole<Value>): void {
  if (main !== undefined && !isWhole(main) && !main.isEmpty) setAside(disk, path);
  try {
    replaceFile(disk, path, copy.bytes, copy.path === path + UNFINISHED ? `${path}${OLD_UNFINISHED}` : undefined);
  } catch (error) {
    // The copy stays. No save touches a backup before the file itself is whole; a leftover takes the place as it is.
    logger.warn('a saved file could not be made anew from its copy yet', { path, copy: copy.path, error });
    if (copy.path !== path + BACKUP) disk.rename(copy.path, path);
  }
}

/**
 * Replaces a saved file and its backup by the new content, synchronously and durably: first the file itself, then the
 * backup, so that each moment has a whole copy. Makes missing folders. Throws the disk's error; the file itself may have
 * the new content then.
 */
export function replaceSaved(disk: Disk, path: string, content: Uint8Array): void {
  makeDurableDirectory(disk, directoryOf(path));
  replaceFile(disk, path, content);
  replaceFile(disk, path + BACKUP, content);
}

/**
 * For files that people write as well: the backup keeps what the file held before, if that was whole, and never becomes
 * less than it was. Otherwise as `replaceSaved`.
 */
export function replaceAndKeepPrevious(
  disk: Disk,
  path: string,
  content: Uint8Array,
  wholeOrUndefined: (bytes: Buffer) => boolean,
): void {
  makeDurableDirectory(disk, directoryOf(path));
  const before = disk.readFile(path);
  if (before !== undefined && wholeOrUndefined(before)) replaceFile(disk, path + BACKUP, before);
  replaceFile(disk, path, content);
}

/** With all that is missing above it; the names of new folders are durable as well. */
export function makeDurableDirectory(disk: Disk, directory: string): void {
  if (disk.stat(directory) !== undefined) return;
  const above = directoryOf(directory);
  if (above !== directory) makeDurableDirectory(disk, above);
  disk.makeDirectory(directory);
  disk.syncDirectory(above);
}

/** The folder of a file; `/` for one in the root. */
export function directoryOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')));
}

/** Where an unfinished save, and an unfinished backup, of a file lie. */
export function savedNames(path: string): { unfinished: string; unfinishedBackup: string; backup: string } {
  return { unfinished: path + UNFINISHED, unfinishedBackup: path + UNFINISHED_BACKUP, backup: path + BACKUP };
}
