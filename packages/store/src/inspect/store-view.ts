import { type Disk, readInt64, viewOf } from '@rocketmq-ts/kernel';
import { StoreError } from '../errors.ts';
import { leastTimestampIn } from '../log/checkpoint.ts';
import { FilePool } from '../log/file-pool.ts';
import { BATCH_UNIT_BYTES } from '../queue/unit-layout.ts';
import { type ConfigFolder, readConfigFolder } from './config-files.ts';
import { Findings } from './findings.ts';
import { type IndexFolder, readIndexFolder } from './index-files.ts';
import { LogFiles } from './log-files.ts';
import { QueueFolder } from './queue-files.ts';
import { TimerView } from './timer-view.ts';

/** How a store is found. What is not given is found by looking. */
export interface ViewOptions {
  readonly disk: Disk;
  /** storePathRootDir. */
  readonly root: string;
  /** Folders of the commit log, where storePathCommitLog moved it. Default: `<root>/commitlog`. */
  readonly commitLogDirectories?: readonly string[] | undefined;
  /** mappedFileSizeCommitLog. */
  readonly commitLogFileBytes?: number | undefined;
  /** mappedFileSizeConsumeQueue. */
  readonly consumeQueueFileBytes?: number | undefined;
  /** maxHashSlotNum; found by looking at the files unless given. */
  readonly indexSlots?: number | undefined;
}

/** Open files at the most. */
const OPEN_FILES = 256;

/** What a store may hold beside what is read here; written by Apache's broker only. */
const APACHE_ONLY = ['rocksdbstore', 'kvStore', 'compaction', 'abort.bak'];
/** Written by this project's broker only: Apache's passes over files that it does not know there. */
const OURS_ONLY = ['consumequeue-ends'];
const KNOWN = new Set([
  ...['commitlog', 'consumequeue', 'consumequeue_ext', 'batchconsumequeue', 'index', 'config'],
  ...['checkpoint', 'abort', 'lock', 'epochFileCheckpoint', 'epochFileCheckpoint.bak'],
  ...['brokerIdentity', 'brokerIdentity-temp', 'timerwheel', 'timerlog', ...APACHE_ONLY, ...OURS_ONLY],
]);

/** Stamps of the file `checkpoint`; the last two are Apache's only. */
export type CheckpointStamps = Readonly<NonNullable<ReturnType<typeof readCheckpoint>>>;

/**
 * A store folder seen from outside: files are opened for reading only, nothing is created, locked or changed. A broker may
 * run on it meanwhile. Throws STORE_NOT_FOUND when the folder is no store.
 */
export class StoreView {
  readonly disk: Disk;
  readonly root: string;
  readonly pool: FilePool;
  /** What was noticed while the files were listed. */
  readonly findings = new Findings();
  readonly cleanStop: boolean;
  /** Process id in the abort file, when it has one. */
  readonly abortProcessId: number | undefined;
  readonly hasLockFile: boolean;
  readonly log: LogFiles;
  readonly queues: QueueFolder;
  readonly index: IndexFolder;
  readonly config: ConfigFolder;
  readonly checkpoint: CheckpointStamps | undefined;
  readonly timers: TimerView | undefined;
  readonly batchQueues: QueueFolder;
  readonly foreign: readonly string[];
  readonly #names: readonly string[];

  constructor(options: ViewOptions) {
    const { disk, root } = options;
    this.disk = disk;
    this.root = root;
    const directories = options.commitLogDirectories ?? [`${root}/commitlog`];
    this.#names = disk.list(root).map(({ name }) => name);
    if (!directories.some((directory) => disk.stat(directory)?.isDirectory) && !this.#has('config', 'consumequeue')) {
      throw new StoreError('STORE_NOT_FOUND', this.#whyNoStore());
    }
    this.pool = new FilePool(disk, OPEN_FILES, 'read');
    const abort = disk.readFile(`${root}/abort`);
    this.cleanStop = abort === undefined;
    const processId = abort?.toString('utf8').trim() ?? '';
    this.abortProcessId = /^\d+$/.test(processId) ? Number(processId) : undefined;
    this.hasLockFile = this.#has('lock');
    this.checkpoint = readCheckpoint(disk, `${root}/checkpoint`);
    this.log = new LogFiles(disk, this.pool, directories, options.commitLogFileBytes, !this.cleanStop);
    this.log.leastTimestamp = leastTimestampIn(disk.readFile(`${root}/checkpoint`) ?? Buffer.alloc(0));
    this.log.check(this.findings);
    this.queues = new QueueFolder(this, `${root}/consumequeue`, options.consumeQueueFileBytes);
    this.index = readIndexFolder(disk, this.pool, `${root}/index`, options.indexSlots);
    this.config = readConfigFolder(disk, `${root}/config`);
    this.timers = TimerView.open(disk, root);
    this.batchQueues = new QueueFolder(this, `${root}/batchconsumequeue`, undefined, BATCH_UNIT_BYTES);
    const strangers = this.#names.filter((name) => !KNOWN.has(name)).map((name) => `${root}/${name}`);
    this.foreign = [
      ...strangers,
      ...this.queues.foreign,
      ...this.batchQueues.foreign,
      ...this.index.foreign,
      ...this.config.foreign,
    ];
    for (const path of this.foreign) this.findings.add('FOREIGN_FILE', path, undefined, 'ignored');
    for (const { name, error } of this.config.files) {
      if (error !== undefined) this.findings.add('CONFIG_UNREADABLE', `${root}/config/${name}`, undefined, error);
    }
  }

  /** Whose broker wrote it, as far as it left traces. Both: one continued where the other had stopped. */
  get writers(): readonly ('Apache' | 'rocketmq-ts')[] {
    const integerKeys = this.config.files.map(({ unquotedKeys }) => unquotedKeys);
    const apache = this.#has(...APACHE_ONLY) || this.timers?.writer === 'Apache' || integerKeys.includes(true);
    const ours = this.#has(...OURS_ONLY) || integerKeys.includes(false);
    return [...(apache ? (['Apache'] as const) : []), ...(ours ? (['rocketmq-ts'] as const) : [])];
  }

  close(): void {
    this.pool.closeAll();
  }

  #has(...names: readonly string[]): boolean {
    return names.some((name) => this.#names.includes(name));
  }

  #whyNoStore(): string {
    const stat = this.disk.stat(this.root);
    if (stat === undefined) return `there is no folder ${this.root}`;
    if (!stat.isDirectory) return `${this.root} is a file, not a store folder`;
    const inside = this.#names.some((name) => /^\d{20}$/.test(name));
    const advice = inside ? '; give the folder above it' : '';
    return `${this.root} is no store folder: it holds neither commitlog nor config nor consumequeue${advice}`;
  }
}

function readCheckpoint(disk: Disk, path: string) {
  const content = disk.readFile(path);
  if (content === undefined || content.length < 40) return undefined;
  const view = viewOf(content);
  return {
    physicMsgTimestamp: readInt64(view, 0),
    logicsMsgTimestamp: readInt64(view, 8),
    indexMsgTimestamp: readInt64(view, 16),
    masterFlushedOffset: readInt64(view, 24),
    confirmPhyOffset: readInt64(view, 32),
  };
}
