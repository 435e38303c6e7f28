import { get } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * Reads a page as Prometheus does, a process of its own: so often, with so many ms from one begin to the next. Prints one JSON object.
 */
const [page = '', times = '1', everyMs = '0'] = process.argv.slice(2);

interface Scrape {
  readonly ms: number;
  readonly bytes: number;
}

function scrape(): Promise<Scrape> {
  const began = performance.now();
  let bytes = 0;
  return new Promise((resolve, reject) => {
    get(page, (response) => {
      response.on('data', (piece: Buffer) => {
        bytes += piece.length;
      });
      response.on('error', reject);
      response.on('end', () => resolve({ ms: performance.now() - began, bytes }));
    }).on('error', reject);
  });
}

const scrapes: Scrape[] = [];
for (let time = 0; time < Number(times); time++) {
  const made = await scrape();
  scrapes.push(made);
  if (time + 1 < Number(times)) await pause(Math.max(0, Number(everyMs) - made.ms));
}
console.log(JSON.stringify({ ms: scrapes.map(({ ms }) => ms), bytes: scrapes.at(-1)?.bytes ?? 0 }));
