import type { Disk } from '@rocketmq-ts/kernel';
import type { FilePool } from '../log/file-pool.ts';
import { MappedFile, mappedFileOffset } from '../log/mapped-file.ts';
import { isUnused, MappedFileQueue } from '../log/mapped-file-queue.ts';
import type { Findings } from './findings.ts';

/** A file of a sequence as it lies in its folder. */
export interface ListedFile {
  readonly path: string;
  readonly directory: string;
  readonly offset: number;
  readonly sizeBytes: number;
}

/** Files of a folder that are named by an offset, by offset; what else lies there. Folders inside are not listed. */
export function listFiles(disk: Disk, directory: string): { files: ListedFile[]; foreign: string[] } {
  const files: ListedFile[] = [];
  const foreign: string[] = [];
  for (const { name, isDirectory } of disk.list(directory)) {
    if (isDirectory) continue;
    const path = `${directory}/${name}`;
    const offset = mappedFileOffset(name);
    if (offset === undefined) foreign.push(path);
    else files.push({ path, directory, offset, sizeBytes: disk.stat(path)?.sizeBytes ?? 0 });
  }
  return { files, foreign };
}

/** The length that most files have; of equally frequent ones the one met first. Undefined without a file. */
export function commonSize(sizes: Iterable<number>): number | undefined {
  const counts = new Map<number, number>();
  for (const size of sizes) if (size > 0) counts.set(size, (counts.get(size) ?? 0) + 1);
  let best: number | undefined;
  for (const [size, count] of counts) if (best === undefined || count > counts.get(best)!) best = size;
  return best;
}

/** The commit log's files, found by looking: their length is what most of them have. Nothing is changed. */
export class LogFiles {
  readonly fileSizeBytes: number;
  /** A broker may be writing to them. */
  readonly mayGrow: boolean;
  readonly listed: readonly ListedFile[];
  readonly foreign: readonly string[];
  /** Files without a gap between them; more than one where files are missing. */
  readonly runs: readonly MappedFileQueue[];
  /** Gaps between the runs. */
  readonly missing: readonly { readonly from: number; readonly to: number }[];
  /** Records stamped with this time or later are not left over: the clock was put back. */
  leastTimestamp = Number.POSITIVE_INFINITY;
  /** Files at the end that were made ahead of need and hold nothing. */
  readonly unusedCount: number;

  constructor(
    disk: Disk,
    pool: FilePool,
    directories: readonly string[],
    fileSizeBytes: number | undefined,
    mayGrow: boolean,
  ) {
    this.mayGrow = mayGrow;
    const found = directories.map((directory) => listFiles(disk, directory));
    const files = found.flatMap((each) => each.files).sort((a, b) => a.offset - b.offset);
    const size = fileSizeBytes ?? likelySize(files);
    const belongs = (file: ListedFile): boolean => file.offset % size === 0;
    this.fileSizeBytes = size;
    this.listed = files.filter(belongs);
    this.foreign = [
      ...found.flatMap((each) => each.foreign),
      ...files.filter((file) => !belongs(file)).map(({ path }) => path),
    ];
    const runs: MappedFileQueue[] = [];
    const missing: { from: number; to: number }[] = [];
    const holds: boolean[] = [];
    for (const { directory, offset } of this.listed) {
      const file = new MappedFile(pool, directory, offset, size);
      const last = runs.at(-1)?.files.at(-1);
      if (last === undefined || last.endOffset !== offset) {
        if (last !== undefined && isUnused(file)) continue;
        if (last !== undefined) missing.push({ from: last.endOffset, to: offset });
        runs.push(new MappedFileQueue(disk, pool, directory, size));
      }
      runs.at(-1)!.files.push(file);
      holds.push(!isUnused(file));
    }
    this.runs = runs;
    this.missing = missing;
    this.unusedCount = holds.length - 1 - holds.lastIndexOf(true);
  }

  get minOffset(): number {
    return this.runs[0]?.minOffset ?? 0;
  }

  /** By offset. */
  get files(): MappedFile[] {
    return this.runs.flatMap((run) => run.files);
  }

  /** The newest file that holds something. */
  get lastUsed(): MappedFile | undefined {
    return this.files.at(-1 - this.unusedCount) ?? this.files[0];
  }

  runAt(offset: number): MappedFileQueue | undefined {
    return this.runs.find((run) => run.fileAt(offset) !== undefined);
  }

  /** Names the file of an offset, and the position in it. */
  place(offset: number): { file: string; position: number } {
    const file = this.runAt(offset)?.fileAt(offset) ?? this.files.at(-1);
    return file === undefined
      ? { file: '', position: offset }
      : { file: file.path, position: offset - file.baseOffset };
  }

  /** Lengths, gaps and foreign files. A crash leaves the newest file short or empty, so only a clean stop makes that damage. */
  check(findings: Findings): void {
    for (const path of this.foreign) findings.add('FOREIGN_FILE', path, undefined, 'not named by an offset of the log');
    for (const [i, { path, sizeBytes }] of this.listed.entries()) {
      if (sizeBytes === this.fileSizeBytes) continue;
      if (i === this.listed.length - 1 && (sizeBytes === 0 || (this.mayGrow && sizeBytes < this.fileSizeBytes)))
        continue;
      findings.add('LOG_FILE_SIZE', path, undefined, `${sizeBytes} bytes instead of ${this.fileSizeBytes}`);
    }
    for (const { from, to } of this.missing) {
      findings.add('LOG_FILE_MISSING', this.place(to).file, 0, `offsets ${from} to ${to} are in no file`);
    }
  }
}

/** Two neighbours show it by their names; a single file by its length. */
function likelySize(files: readonly ListedFile[]): number {
  const steps = files.slice(1).map((file, i) => file.offset - files[i]!.offset);
  const size = commonSize(files.map((file) => file.sizeBytes)) ?? 1;
  const step = commonSize(steps);
  return step !== undefined && step % size !== 0 && files.some((file) => file.sizeBytes === step) ? step : size;
}
