import type { Browser } from 'playwright-core';
import { startChromium } from './chromium.ts';
import { type LiveCluster, type RunningConsole, Servers } from './clusters.ts';
import { seed } from './seed.ts';

/** A cluster with data, a console that looks at it, and a browser. */
export interface SeededConsole {
  readonly browser: Browser;
  readonly console: RunningConsole;
  readonly cluster: LiveCluster;
  /** Folder for what a test writes; removed by `stop`. */
  readonly home: string;
  /** Address of the first page of the cluster. */
  readonly start: string;
  /** Unique key of a message that was traced. */
  readonly msgId: string;
  /** Consumers of the seed leave their groups. */
  stopConsumers(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts all of it; what was started before a failure ends again. */
export async function seededConsole(start: (servers: Servers) => Promise<LiveCluster>): Promise<SeededConsole> {
  const servers = new Servers();
  const starting = startChromium();
  try {
    const cluster = await start(servers);
    const seeded = await seed(cluster, `${servers.home}/seed`);
    const console = await servers.console({ 'rocketmq.config.namesrvAddr': cluster.namesrv });
    const [row] = (await (await fetch(`${console.url}/api/v1/clusters`)).json()) as { id: string }[];
    const browser = await starting;
    return {
      ...{ browser, console, cluster, home: servers.home, msgId: seeded.msgId },
      ...{ start: `/c/${encodeURIComponent(row!.id)}/overview` },
      stopConsumers: () => seeded.stopConsumers(),
      async stop() {
        await browser.close();
        await seeded.stop();
        await servers.stop();
      },
    };
  } catch (error) {
    await servers.stop();
    await (await starting).close();
    throw error;
  }
}
