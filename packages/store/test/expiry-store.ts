import { smallStoreFiles } from '@rocketmq-ts/testkit';
import type { LocalStore } from '../src/door/local-store.ts';
import type { ExpiryConfig, MessageStore, StoreConfig } from '../src/index.ts';
import { putAndWait } from './store-calls.ts';
import { ROOT, StoreMachine, type StoreSettings } from './store-machine.ts';

export const HOUR_MS = 3_600_000;
/** Midnight UTC of a Tuesday. */
export const MIDNIGHT = Date.UTC(2023, 10, 14);
export const FILE_BYTES = 64 * 1024;
/** So many of these fill a commit log file. */
export const MESSAGES_A_FILE = 7;
const BODY = Buffer.alloc(8 * 1024, 'b');

export type Changeable = { -readonly [Key in keyof StoreConfig]: StoreConfig[Key] };

/** Small files and Apache's defaults, to be changed by a test while the store runs. */
export function expiryOptions(changes: Partial<ExpiryConfig> = {}): Changeable {
  return { ...smallStoreFiles, ...changes };
}

/** A machine at noon, with a disk of so many files of the commit log. */
export function machineAtNoon(seed = 1, diskFiles?: number): StoreMachine {
  return new StoreMachine(seed, {
    clock: { startMs: MIDNIGHT + 12 * HOUR_MS },
    disk: diskFiles === undefined ? {} : { totalBytes: diskFiles * FILE_BYTES },
  });
}

/** Fills files of the commit log with messages of a topic, one queue after the other, and lets them be flushed. */
export async function fillFiles(
  machine: StoreMachine,
  store: MessageStore,
  files: number,
  { topic = 'T', queues = 1 } = {},
): Promise<void> {
  for (let i = 0; i < files * MESSAGES_A_FILE; i++) await putAndWait(store, { topic, queueId: i % queues, body: BODY });
  // Something behind the last full file is flushed, so that this one is done with.
  await putAndWait(store, { topic, queueId: 0, body: BODY });
  await machine.clock.advance(11_000);
}

/** A started store with so many full files of the commit log, and one that is appended to. */
export async function filledStore(
  machine: StoreMachine,
  files: number,
  expiry: ExpiryConfig,
  settings: StoreSettings = {},
): Promise<LocalStore> {
  const store = await machine.start({ expiry, ...settings });
  await fillFiles(machine, store, files);
  return store;
}

/** Numbers of the commit log files that are there, counted from the first that ever was; those made ahead are left out. */
export function logFiles(machine: StoreMachine, store: MessageStore): number[] {
  return machine
    .names('commitlog')
    .map((name) => Number(name) / FILE_BYTES)
    .filter((file) => file * FILE_BYTES < store.facts.appendOffset);
}

/** Writes a file that is not the store's, so that the disk is full to this part. */
export function fillDiskTo(machine: StoreMachine, ratio: number): void {
  machine.disk.remove('/foreign');
  const { usedBytes, totalBytes } = machine.disk.space(ROOT);
  const pages = Math.floor((totalBytes * ratio - usedBytes) / 4096);
  if (pages <= 0) return;
  const file = machine.disk.open('/foreign', 'create');
  file.writeSync(Buffer.alloc(pages * 4096, 1), 0, pages * 4096, 0);
  file.close();
}
