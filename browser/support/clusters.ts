import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePort, startApacheBroker, startApacheNamesrv } from '@rocketmq-ts/testkit/java';
import { type OurServer, startOurBroker, startOurCommand, startOurNamesrv } from '@rocketmq-ts/testkit/processes';

const PAGES = resolve(import.meta.dirname, '../../packages/dashboard/web/dist/index.html');

const BROKER = { mappedFileSizeCommitLog: 16_777_216, traceTopicEnable: true };

interface Killable {
  kill(): Promise<unknown>;
}

/** A cluster with one broker. */
export interface LiveCluster {
  readonly namesrv: string;
  readonly broker: string;
}

/** Real servers of one test file, in a folder of their own; `stop` ends what was started. */
export class Servers {
  readonly home = mkdtempSync(join(tmpdir(), 'rocketmq-ts-browser-'));
  readonly #started: Promise<Killable>[] = [];

  /** A name server of ours; a second one on the port of one that was ended takes its place. */
  namesrv(port?: number): Promise<OurServer> {
    const home = join(this.home, `namesrv-${this.#started.length}`);
    return this.#keep(startOurNamesrv({ home, ...(port === undefined ? {} : { port }) }));
  }

  /** Ours, with what the pages of the console show. `running`: its name server, else a new one. */
  async ours(running?: OurServer): Promise<LiveCluster> {
    const namesrv = running ?? (await this.namesrv());
    const broker = await this.#keep(
      startOurBroker({
        home: join(this.home, `broker-${this.#started.length}`),
        namesrv: namesrv.address,
        properties: { ...BROKER, brokerName: 'broker-a', recallMessageEnable: true },
      }),
    );
    return { namesrv: namesrv.address, broker: broker.address };
  }

  /** Apache's 5.4.0, from the distribution that the compat tests use. `more`: properties of its broker. */
  async apache(more: Readonly<Record<string, string | boolean>> = {}): Promise<LiveCluster> {
    const namesrv = await this.#keep(startApacheNamesrv({ home: join(this.home, 'apache-namesrv') }));
    const broker = await this.#keep(
      startApacheBroker({
        home: join(this.home, 'apache-broker'),
        namesrv: namesrv.address,
        properties: { ...BROKER, brokerName: 'apache-a', ...more },
      }),
    );
    return { namesrv: namesrv.address, broker: broker.address };
  }

  /**
   * `sh bin/mqdashboard` with these options; resolves to the address of its first page. Rejects where its pages are not built.
   */
  async console(options: Readonly<Record<string, string>>, name = 'console'): Promise<RunningConsole> {
    if (!existsSync(PAGES)) throw new Error('the pages are not built: run npm run build');
    const port = await freePort();
    const home = join(this.home, name);
    const given = {
      'server.port': String(port),
      'server.address': '127.0.0.1',
      'rocketmq.config.dataPath': join(home, 'data'),
      ...options,
    };
    const words = Object.entries(given).map(([key, value]) => `--${key}=${value}`);
    const program = await this.#keep(startOurCommand('mqdashboard', words, home));
    await program.waitForLine(/The console boot success/, 20_000);
    return { url: `http://localhost:${port}`, port, pid: program.pid, output: () => program.output() };
  }

  async stop(): Promise<void> {
    for (const start of await Promise.allSettled(this.#started)) {
      if (start.status === 'fulfilled') await start.value.kill();
    }
    rmSync(this.home, { recursive: true, force: true });
  }

  #keep<P extends Killable>(starting: Promise<P>): Promise<P> {
    this.#started.push(starting);
    return starting;
  }
}

/** A console that listens. */
export interface RunningConsole {
  /** Without a slash at its end. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** What it has printed. */
  output(): string;
}
