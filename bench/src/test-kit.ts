import { startCluster } from '@rocketmq-ts/testing';

/** Prints, as one line of JSON, how long the test kit takes in a process of its own: milliseconds. */
const WARM_STARTS = 20;

async function timed<T>(work: () => Promise<T>): Promise<[number, T]> {
  const beganMs = performance.now();
  const result = await work();
  return [performance.now() - beganMs, result];
}

const start = () => timed(() => startCluster({ brokers: 2 }));
const [firstMs, first] = await start();
await first.stop();
const starts: number[] = [];
const stops: number[] = [];
for (let i = 0; i < WARM_STARTS; i++) {
  const [startMs, cluster] = await start();
  const [stopMs] = await timed(() => cluster.stop());
  starts.push(startMs);
  stops.push(stopMs);
}
const cluster = await startCluster({ brokers: 2 });
const [advanceMs] = await timed(() => cluster.advance('10m'));
await cluster.stop();

const middle = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;
console.log(JSON.stringify({ firstMs, startMs: middle(starts), stopMs: middle(stops), advanceMs }));
