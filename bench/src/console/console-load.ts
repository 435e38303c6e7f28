import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort, type Program, startProgram } from '@rocketmq-ts/testkit/java';
import { startChromium } from '../../../browser/support/chromium.ts';
import { buildPages } from '../../../scripts/build-pages.ts';
import { median } from '../figures.ts';
import { type Figures, type Load, withServers } from '../load.ts';
import { fillTopics } from '../metrics/fill.ts';
import type { Target } from '../options.ts';
import { memoryOf } from '../process-usage.ts';
import { writeTopics } from '../scale/topics-file.ts';
import { startOurCommand } from '../servers.ts';
import { apacheDashboardJar } from './apache-dashboard.ts';
import { type FirstPage, firstPage, lookAround, pathsOfNavigation } from './look-around.ts';

const TOPICS = 300;
const PREFIX = 'console';
const ROUNDS = 3;
const COLLECTING_MS = 30_000;
const PAINTS = 5;
const START_LIMIT_MS = 120_000;
/** Its pages ask this port of localhost, wherever they come from: it is compiled into them. */
const APACHE_PORT = 8082;
/** Addresses of all pages of Apache's, which has a menu without links. */
const APACHE_PAGES = [
  ...['', 'ops', 'proxy', 'cluster', 'topic', 'consumer', 'producer', 'message', 'dlqMessage', 'messageTrace', 'acl'],
].map((name) => `/#/${name}`);

/** What a console costs, and what a person who opens it waits for: ours and Apache's beside the same cluster of ours. */
export const webConsole: Load = {
  name: 'console',
  title: `Console: ours and Apache’s dashboard 2.1.0 beside a cluster of ours with ${TOPICS} topics, each with a group`,
  async run(target, folder) {
    prepareConsole(target);
    const store = join(folder, 'store');
    writeTopics(store, TOPICS, { prefix: PREFIX, queues: 4 });
    return withServers('ours', { folder, flushDiskType: 'ASYNC_FLUSH', warmUpMessages: 0 }, async (servers) => {
      const clients = await fillTopics(servers.broker, PREFIX, TOPICS);
      try {
        return await measure(target, join(folder, 'console'), servers.namesrv);
      } finally {
        await clients.stop();
      }
    });
  },
};

/** What must be built before the console starts. */
function prepareConsole(target: Target): void {
  if (target === 'apache') apacheDashboardJar();
  else if (!buildPages()) throw new Error('the pages of the console are not built');
}

async function measure(target: Target, home: string, namesrv: string): Promise<Figures> {
  const url = `http://localhost:${target === 'apache' ? APACHE_PORT : await freePort()}`;
  if (await isAnswered(url)) throw new Error(`another program listens at ${url}`);
  const began = performance.now();
  const program = await startConsole(target, home, namesrv, new URL(url).port);
  try {
    await answered(program, url);
    const startMs = performance.now() - began;
    const browser = await startChromium();
    try {
      const paths = target === 'apache' ? APACHE_PAGES : await pathsOfNavigation(browser, url);
      for (let round = 0; round < ROUNDS; round++) await lookAround(browser, url, paths);
      await seesTopics(url);
      await pause(COLLECTING_MS);
      const { rss, rssAnon } = memoryOf(program.pid);
      const loaded: FirstPage[] = [];
      for (let i = 0; i < PAINTS; i++) loaded.push(await firstPage(browser, url));
      const paintMs = median(loaded.map((each) => each.paintMs));
      const scriptKb = median(loaded.map((each) => each.scriptBytes)) / 1000;
      return { pages: paths.length, rss, rssAnon, startMs, scriptKb, paintMs };
    } finally {
      await browser.close();
    }
  } finally {
    await program.kill();
  }
}

function startConsole(target: Target, home: string, namesrv: string, port: string): Promise<Program> {
  mkdirSync(home, { recursive: true });
  const options = [
    `--server.port=${port}`,
    '--server.address=127.0.0.1',
    `--rocketmq.config.namesrvAddrs=${namesrv}`,
    '--rocketmq.config.isVIPChannel=false',
    `--rocketmq.config.dataPath=${join(home, 'data')}`,
  ];
  if (target === 'ours') return startOurCommand(home, 'mqdashboard', options);
  return startProgram({
    command: 'java',
    args: ['-Xmx512m', `-Duser.home=${home}`, '-jar', apacheDashboardJar(), ...options],
    workingDirectory: home,
    environment: { HOME: home },
    logFile: join(home, 'dashboard.console.log'),
  });
}

/** Until the first page comes. */
async function answered(program: Program, url: string): Promise<void> {
  let ended = false;
  program.exited.then(() => {
    ended = true;
  });
  const giveUpAt = performance.now() + START_LIMIT_MS;
  for (;;) {
    if (await isAnswered(url)) return;
    if (ended || performance.now() > giveUpAt)
      throw new Error(`the console did not answer: ${program.output().slice(-1500)}`);
    await pause(10);
  }
}

/** Whether the first page comes. */
async function isAnswered(url: string): Promise<boolean> {
  try {
    const response = await fetch(url);
    await response.arrayBuffer();
    return response.status === 200;
  } catch {
    return false;
  }
}

/** Both have this address: a console that does not reach the cluster would be small and quick. */
async function seesTopics(url: string): Promise<void> {
  const text = await (await fetch(`${url}/topic/list.query`)).text();
  const seen = new Set(text.match(new RegExp(`"${PREFIX}\\d{5}"`, 'g'))).size;
  if (seen !== TOPICS) throw new Error(`the console lists ${seen} of ${TOPICS} topics: ${text.slice(0, 300)}`);
}
