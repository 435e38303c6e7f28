import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { startApacheBroker } from '@rocketmq-ts/testkit/java';
import { type OurServer, runOurCommand, startOurBroker, startOurNamesrv } from '@rocketmq-ts/testkit/processes';
import type { Make } from './cluster.ts';

interface BrokerOptions {
  readonly port?: number;
  readonly properties?: Readonly<Record<string, string | number | boolean>>;
}

/** One store folder that brokers of both makes open in turn, and a name server of ours that stays. */
export class SharedStore {
  /** Folder of all of it; removed at the end. */
  readonly root: string;
  /** What the brokers open. */
  readonly directory: string;
  #namesrv: OurServer | undefined;
  #broker: OurServer | undefined;

  /** An empty folder, or one that exists already and is not removed at the end. */
  constructor(name: string, directory?: string) {
    this.root = mkdtempSync(join(tmpdir(), `rocketmq-ts-${name}-`));
    this.directory = directory ?? join(this.root, 'store');
  }

  /** Address of the name server. */
  get namesrv(): string {
    return this.#namesrv!.address;
  }

  /** Address of the broker that has the folder open. */
  get broker(): string {
    return this.#broker!.address;
  }

  async start(): Promise<void> {
    this.#namesrv = await startOurNamesrv({ home: join(this.root, 'namesrv') });
  }

  async open(make: Make, options: BrokerOptions = {}): Promise<void> {
    assert.ok(this.#broker === undefined, 'the life before did not end well');
    const all = {
      home: join(this.root, make),
      namesrv: this.namesrv,
      storeDirectory: this.directory,
      ...options,
    };
    this.#broker = make === 'ours' ? await startOurBroker(all) : await startApacheBroker(all);
  }

  async close(how: 'stop' | 'kill'): Promise<void> {
    await (how === 'stop' ? this.#broker!.stop(60_000) : this.#broker!.kill());
    this.#broker = undefined;
  }

  /** `mqstore verify` finds nothing wrong. */
  async verify(): Promise<void> {
    const home = join(this.root, 'mqstore');
    const { code, output } = await runOurCommand('mqstore', ['verify', this.directory], { home });
    assert.equal(code, 0, output);
  }

  async remove(): Promise<void> {
    await this.#broker?.kill();
    await this.#namesrv?.kill();
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** The same for the tests of a suite, from before the first to after the last. */
export function sharedStore(name: string): SharedStore {
  const store = new SharedStore(name);
  before(() => store.start());
  after(() => store.remove());
  return store;
}
