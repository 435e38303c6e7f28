import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApacheBroker, startApacheNamesrv } from '@rocketmq-ts/testkit/java';
import { startOurBroker, startOurNamesrv } from '@rocketmq-ts/testkit/processes';

export type Make = 'ours' | 'apache';

/**
 * What a test means by "ours". `COMPAT_SELF=apache` puts Apache's programs there instead: then the tests are
 * held against the original, and whatever fails is wrong in the test.
 */
export const ours: Make = process.env.COMPAT_SELF === 'apache' ? 'apache' : 'ours';

export interface Cluster {
  readonly namesrv: string;
  readonly broker: string;
  /** Folder for whatever belongs to this cluster; removed by `stop`. */
  readonly home: string;
  stop(): Promise<void>;
}

type Properties = Readonly<Record<string, string | number | boolean>>;

/** Small store files: the tests write little, and several brokers share the disk. */
const brokerProperties: Properties = { mappedFileSizeCommitLog: 64 * 1024 * 1024 };

/** A name server and one broker that is registered there, each of the given make. `properties` are the broker's. */
export async function startCluster(
  makes: { readonly namesrv: Make; readonly broker: Make },
  properties: Properties = {},
): Promise<Cluster> {
  const home = mkdtempSync(join(tmpdir(), 'rocketmq-ts-compat-'));
  const namesrv = await startNamesrv(makes.namesrv, join(home, 'namesrv'));
  try {
    const broker = await startBroker(makes.broker, join(home, 'broker'), namesrv.address, properties);
    return {
      namesrv: namesrv.address,
      broker: broker.address,
      home,
      async stop() {
        // Nothing looks at these stores again, and Apache's broker takes twenty seconds to stop in order.
        await Promise.all([broker.kill(), namesrv.kill()]);
        rmSync(home, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await namesrv.kill();
    throw error;
  }
}

export function startNamesrv(make: Make, home: string, properties: Properties = {}) {
  return make === 'ours' ? startOurNamesrv({ home, properties }) : startApacheNamesrv({ home, properties });
}

/** On a free port unless one is given. */
export function startBroker(make: Make, home: string, namesrv: string, properties: Properties = {}, port?: number) {
  const place = port === undefined ? {} : { port };
  const options = { home, namesrv, ...place, properties: { ...brokerProperties, ...properties } };
  return make === 'ours' ? startOurBroker(options) : startApacheBroker(options);
}
