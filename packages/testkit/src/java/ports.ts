import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '0.0.0.0', () => server.close(() => resolve(true)));
  });
}

/**
 * A port P for which every P + offset is free just now, below the range from which the system takes ports for
 * outgoing connections. A broker needs offsets −2 (fast port), 0 and +1 (slaves); a name server only 0.
 */
export async function freePort(offsets: readonly number[] = [0]): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const port = randomInt(12_000, 32_000);
    const free = await Promise.all(offsets.map((offset) => isFree(port + offset)));
    if (free.every(Boolean)) return port;
  }
  throw new Error('no free ports between 12000 and 32000');
}

/** The offsets that a broker listens on around its own port. */
export const brokerPortOffsets: readonly number[] = [-2, 0, 1];
