import { mkdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Producer } from '@rocketmq-ts/client';
import { type SeededConsole, seededConsole } from './support/seeded-console.ts';
import { LOOKS, type Look, openTab } from './support/visit.ts';

/**
 * `npm run browser-shots [-- --minutes <n>]`: takes the pictures of the console in docs/images/console, from a cluster of ours
 * with data that had traffic for so long, so that the charts show something (default: 6).
 */
const { values } = parseArgs({ options: { minutes: { type: 'string', default: '6' } } });
const folder = resolve(import.meta.dirname, '../docs/images/console');
const MAX_BYTES = 180_000;

interface Shot {
  readonly name: string;
  /** Below the address of the cluster. */
  readonly path: (msgId: string) => string;
  readonly look: Look;
}

const small = { width: 1280, height: 860 };
const desktop = { ...LOOKS.desktop, ...small };
const dark = { ...LOOKS.dark, ...small };
const chinese = { ...LOOKS.chinese, ...small };

const SHOTS: readonly Shot[] = [
  { name: 'overview', path: () => 'overview', look: desktop },
  { name: 'overview-dark', path: () => 'overview', look: dark },
  { name: 'overview-chinese', path: () => 'overview', look: chinese },
  { name: 'overview-phone', path: () => 'overview', look: LOOKS.phone },
  { name: 'cluster', path: () => 'cluster', look: desktop },
  { name: 'topics', path: () => 'topics', look: desktop },
  { name: 'topic', path: () => 'topics/orders', look: desktop },
  { name: 'groups', path: () => 'groups', look: desktop },
  { name: 'messages', path: () => 'messages?topic=orders', look: desktop },
  { name: 'trace', path: (msgId) => `trace?id=${msgId}`, look: desktop },
  { name: 'dead-letters', path: () => 'dead-letters/stock', look: desktop },
  { name: 'operations', path: () => 'operations', look: desktop },
];

const seeded = await seededConsole((servers) => servers.ours());
try {
  mkdirSync(folder, { recursive: true });
  await traffic(seeded, Number(values.minutes) * 60_000);
  for (const shot of SHOTS) await take(seeded, shot);
} finally {
  await seeded.stop();
}

/** Messages of several topics, more and fewer of them by turns. */
async function traffic({ cluster }: SeededConsole, durationMs: number): Promise<void> {
  await using producer = new Producer({ namesrvAddr: cluster.namesrv, producerGroup: 'shop' });
  await producer.start();
  const endMs = Date.now() + durationMs;
  for (let second = 0; Date.now() < endMs; second++) {
    const sends: Promise<unknown>[] = [];
    const topics = { orders: 24 + Math.round(14 * Math.sin(second / 25)), payments: 11, reminders: 3 };
    for (const [topic, count] of Object.entries(topics)) {
      for (let at = 0; at < count; at++) {
        sends.push(producer.send({ topic, tags: 'paid', body: JSON.stringify({ order: second * 100 + at }) }));
      }
    }
    await Promise.all(sends);
    await wait(1000);
  }
}

async function take({ browser, console, start, msgId }: SeededConsole, { name, path, look }: Shot): Promise<void> {
  await using tab = await openTab(browser, console.url, look);
  await tab.open(start.replace(/overview$/, path(msgId)));
  // Charts are drawn in the frame after their data.
  await tab.page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  const file = join(folder, `${name}.png`);
  await tab.page.screenshot({ path: file, animations: 'disabled' });
  const { size } = statSync(file);
  globalThis.console.log(`${name}.png: ${Math.round(size / 1000)} kB`);
  if (size > MAX_BYTES) throw new Error(`${file} has ${size} bytes, more than ${MAX_BYTES}`);
}
