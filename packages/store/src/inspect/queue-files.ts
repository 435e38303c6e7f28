import { type Disk, readInt64, viewOf } from '@rocketmq-ts/kernel';
import type { FilePool } from '../log/file-pool.ts';
import { firstThat } from '../log/first-that.ts';
import { mappedFileName } from '../log/mapped-file.ts';
import { type BatchEntry, readBatchUnit } from '../queue/batch-consume-queue.ts';
import type { QueueEntry } from '../queue/queue-view.ts';
import { BATCH_UNIT_BYTES, FILLER_SIZE, UNIT_BYTES, UnitOffset } from '../queue/unit-layout.ts';
import type { Findings } from './findings.ts';
import { commonSize, listFiles } from './log-files.ts';

/** So many files are enough to know the length of all. */
const FILES_ASKED = 50;

/** Where queues are looked for, and how. */
interface QueueSearch {
  readonly disk: Disk;
  readonly pool: FilePool;
  /** Problems of single files are added to it: what a crash leaves short is none after an unclean stop. */
  readonly findings: Findings;
  readonly cleanStop: boolean;
}

/** One consume queue as it lies on the disk. Files before a gap are not looked at. */
export class QueueFiles {
  readonly topic: string;
  readonly queueId: number;
  readonly directory: string;
  readonly fileSizeBytes: number;
  readonly unitBytes: number;
  /** Of the first file that counts. */
  readonly baseOffset: number;
  readonly fileCount: number;
  readonly foreign: readonly string[];
  readonly #pool: FilePool;

  constructor(search: QueueSearch, directory: string, topic: string, queueId: number, size: number, unitBytes: number) {
    const { disk, pool, findings, cleanStop } = search;
    this.#pool = pool;
    this.topic = topic;
    this.queueId = queueId;
    this.directory = directory;
    this.fileSizeBytes = size;
    this.unitBytes = unitBytes;
    const { files, foreign } = listFiles(disk, directory);
    let first = files.length - 1;
    while (first > 0 && files[first - 1]!.offset === files[first]!.offset - size) first -= 1;
    for (const [i, { path, offset, sizeBytes }] of files.entries()) {
      const last = i === files.length - 1;
      if (sizeBytes !== size && !(last && (sizeBytes === 0 || (!cleanStop && sizeBytes < size)))) {
        findings.add('QUEUE_FILE_SIZE', path, undefined, `${sizeBytes} bytes instead of ${size}`);
      }
      if (i > 0 && files[i - 1]!.offset !== offset - size) {
        findings.add('QUEUE_FILE_MISSING', path, 0, `the file before it is ${mappedFileName(files[i - 1]!.offset)}`);
      }
    }
    this.foreign = foreign;
    this.baseOffset = files[first]?.offset ?? 0;
    this.fileCount = files.length === 0 ? 0 : files.length - first;
  }

  /** First queue offset for which the files have room. */
  get firstUnit(): number {
    return this.baseOffset / this.unitBytes;
  }

  /** Names the file of a queue offset, and the position in it. */
  place(queueOffset: number): { file: string; position: number } {
    const at = Math.max(this.baseOffset, queueOffset * this.unitBytes);
    const base = at - (at % this.fileSizeBytes);
    return { file: `${this.directory}/${mappedFileName(base)}`, position: at - base };
  }

  /** Reads up to `count` units of one file; returns how many there were. */
  readUnits(queueOffset: number, count: number, into: Uint8Array): number {
    const at = queueOffset * this.unitBytes - this.baseOffset;
    if (at < 0 || at >= this.fileCount * this.fileSizeBytes) return 0;
    const { file, position } = this.place(queueOffset);
    const bytes = Math.min(count * this.unitBytes, this.fileSizeBytes - position);
    return Math.floor(this.#pool.use(file, (open) => open.readSync(into, 0, bytes, position)) / this.unitBytes);
  }

  /** One unit; undefined where there is none. */
  unitAt(queueOffset: number): Pick<QueueEntry, 'physicalOffset' | 'size'> | undefined {
    if (this.readUnits(queueOffset, 1, oneUnit) === 0) return undefined;
    const size = oneUnitView.getInt32(UnitOffset.size);
    return size <= 0 ? undefined : { physicalOffset: readInt64(oneUnitView, 0), size };
  }

  /** One unit of a batch queue; undefined where there is none. */
  batchUnitAt(unit: number): BatchEntry | undefined {
    return this.unitAt(unit) === undefined ? undefined : readBatchUnit(oneUnitView, 0);
  }

  /** The queue offset behind the last unit: the first empty one ends a queue. */
  findEnd(): number {
    const perFile = this.fileSizeBytes / this.unitBytes;
    for (let i = this.fileCount - 1; i >= 0; i--) {
      const base = this.firstUnit + i * perFile;
      if (this.unitAt(base) !== undefined)
        return firstThat(base, base + perFile, (at) => this.unitAt(at) === undefined);
    }
    return this.firstUnit;
  }

  /** First queue offset below `end` whose record the log still holds. Fillers are before it. */
  findMin(end: number, logMinOffset: number): number {
    return firstThat(this.firstUnit, end, (queueOffset) => {
      const unit = this.unitAt(queueOffset);
      return unit === undefined || (unit.size !== FILLER_SIZE && unit.physicalOffset >= logMinOffset);
    });
  }
}

const oneUnit = Buffer.alloc(BATCH_UNIT_BYTES);
const oneUnitView = viewOf(oneUnit);

/** All consume queues of a store of one type, by topic and queue id. */
export class QueueFolder {
  readonly #topics = new Map<string, Map<number, QueueFiles>>();
  readonly foreign: string[] = [];
  readonly fileSizeBytes: number;

  constructor(search: QueueSearch, root: string, fileSizeBytes: number | undefined, unitBytes = UNIT_BYTES) {
    const { disk } = search;
    this.fileSizeBytes = fileSizeBytes ?? likelySize(disk, root, unitBytes);
    for (const topic of disk.list(root)) {
      const folder = `${root}/${topic.name}`;
      if (!topic.isDirectory) {
        this.foreign.push(folder);
        continue;
      }
      const queues = new Map<number, QueueFiles>();
      for (const { name, isDirectory } of disk.list(folder)) {
        const directory = `${folder}/${name}`;
        if (!isDirectory || !/^\d{1,9}$/.test(name)) {
          this.foreign.push(directory);
          continue;
        }
        const queue = new QueueFiles(search, directory, topic.name, Number(name), this.fileSizeBytes, unitBytes);
        this.foreign.push(...queue.foreign);
        queues.set(queue.queueId, queue);
      }
      this.#topics.set(topic.name, queues);
    }
  }

  get topics(): ReadonlyMap<string, ReadonlyMap<number, QueueFiles>> {
    return this.#topics;
  }
}

/** All queues have files of one length; what most of the first ones have. */
function likelySize(disk: Disk, root: string, unitBytes: number): number {
  const sizes: number[] = [];
  for (const topic of disk.list(root)) {
    if (!topic.isDirectory) continue;
    for (const { name, isDirectory } of disk.list(`${root}/${topic.name}`)) {
      if (!isDirectory) continue;
      const { files } = listFiles(disk, `${root}/${topic.name}/${name}`);
      sizes.push(...files.map(({ sizeBytes }) => sizeBytes).filter((size) => size % unitBytes === 0));
      if (sizes.length >= FILES_ASKED) return commonSize(sizes) ?? 0;
    }
  }
  return commonSize(sizes) ?? 0;
}
