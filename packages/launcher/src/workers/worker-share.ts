import { join } from 'node:path';
import { type Disk, formatEndpoint, parseEndpoint } from '@rocketmq-ts/kernel';
import { LauncherError } from '../errors.ts';

/** Ports from one worker to the next: each has its own, the fast port two below and the replication port one above. */
const WORKER_PORT_STEP = 4;
const MAX_PORT = 65535;

/** Folders and files that each worker has for itself, where the configuration names one. */
const OWN_FOLDERS = ['storePathCommitLog', 'storePathDLedgerCommitLog'] as const;
const OWN_FILES = ['storePathBrokerIdentity', 'storePathEpochFile'] as const;

/** What the workers share and what their own values are derived from. */
interface SharedConfiguration {
  /** As given by file and command line. */
  readonly properties: ReadonlyMap<string, string>;
  readonly brokerName: string;
  readonly listenPort: number;
  /** Store folder of the first worker. */
  readonly root: string;
}

/** Name of worker `index` (0 is the first, which has the configured name). */
function workerName(brokerName: string, index: number): string {
  return index === 0 ? brokerName : `${brokerName}-w${index}`;
}

/** Store folder of worker `index`: within that of the first one, so that one mounted volume holds all. */
export function workerRoot(root: string, index: number): string {
  return index === 0 ? root : workerFolder(root, index);
}

/**
 * The properties of one worker: the shared ones, with a name, ports and folders of its own. They depend on the shared ones and
 * `index` alone, so that a store is found again whatever the number of workers is. The masters of slaves in workers are workers
 * of the same kind: `haMasterAddress` gives the port of the first one. Throws `WORKERS_INVALID` where a port does not exist.
 */
export function workerProperties(shared: SharedConfiguration, index: number): Map<string, string> {
  const properties = new Map(shared.properties);
  if (index === 0) return properties;
  const listenPort = workerPort('listenPort', shared.listenPort, index);
  // The replication port is the next one.
  workerPort('haListenPort', listenPort + 1, 0);
  properties.set('brokerName', workerName(shared.brokerName, index));
  properties.set('listenPort', String(listenPort));
  properties.set('storePathRootDir', workerRoot(shared.root, index));
  for (const key of OWN_FOLDERS) {
    const folders = given(properties, key);
    if (folders !== undefined) properties.set(key, workerFolder(folders, index));
  }
  for (const key of OWN_FILES) {
    const file = given(properties, key);
    if (file !== undefined) properties.set(key, `${file}-worker-${index}`);
  }
  const haListenPort = Number(given(properties, 'haListenPort') ?? 0);
  if (haListenPort > 0) properties.set('haListenPort', String(workerPort('haListenPort', haListenPort, index)));
  const haMaster = parseEndpoint(given(properties, 'haMasterAddress') ?? '');
  if (haMaster !== undefined) {
    const port = workerPort('haMasterAddress', haMaster.port, index);
    properties.set('haMasterAddress', formatEndpoint({ ...haMaster, port }));
  }
  return properties;
}

/** A sentence for each store that an earlier start with more workers left and that no worker serves now. */
export function unservedStores(disk: Disk, root: string, count: number): string[] {
  return disk
    .list(root)
    .flatMap(({ name }) => {
      const index = Number(/^worker-(\d+)$/.exec(name)?.[1] ?? 0);
      return index >= count && disk.stat(join(root, name, 'commitlog')) !== undefined ? [index] : [];
    })
    .sort((a, b) => a - b)
    .map(
      (index) =>
        `${workerRoot(root, index)} holds messages of an earlier start with more workers, which nobody serves: start with workers=${index + 1}, or remove it`,
    );
}

function workerFolder(folder: string, index: number): string {
  return join(folder, `worker-${index}`);
}

function workerPort(key: string, first: number, index: number): number {
  const port = first + index * WORKER_PORT_STEP;
  if (port <= MAX_PORT) return port;
  throw new LauncherError(
    'WORKERS_INVALID',
    `Worker ${index} would have ${key}=${port}, and ports end at ${MAX_PORT}: set a lower ${key}, or fewer workers`,
  );
}

function given(properties: ReadonlyMap<string, string>, key: string): string | undefined {
  const value = properties.get(key)?.trim();
  return value === '' ? undefined : value;
}
