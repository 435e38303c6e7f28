import { type Clock, type CommonLabel, exposition } from '@rocketmq-ts/kernel';
import { processParts } from '../metrics/process-metrics.ts';

/** Begins the text of each metric. */
const HEAD = /^# HELP (\S+) /m;
const NEXT_HEAD = /(?=^# HELP )/m;

/** Who has a text of metrics of its own, as each thread has. */
interface TextOwner {
  readonly name: string;
  metrics(): Promise<string>;
}

/** The metrics of all workers and of their process as one text, in which each metric is there once. */
export async function* workersText(workers: readonly TextOwner[], clock: Clock): AsyncGenerator<string> {
  const common: readonly CommonLabel[] = [
    ['node_type', 'broker'],
    ['node_id', workers[0]?.name ?? ''],
  ];
  const texts = await Promise.all(workers.map((worker) => worker.metrics()));
  let own = '';
  for await (const piece of exposition(processParts(common), clock, () => {})) own += piece.toString();
  yield* mergedTexts([...texts, own]);
}

/** Texts as one; of a metric that several have, the head is that of the first. */
export function* mergedTexts(texts: readonly string[]): Iterable<string> {
  const samples = new Map<string, string[]>();
  for (const text of texts) {
    for (const metric of text.split(NEXT_HEAD)) {
      const name = HEAD.exec(metric)?.[1];
      if (name === undefined) continue;
      const known = samples.get(name);
      if (known === undefined) samples.set(name, [metric]);
      else known.push(metric.replace(/^#.*\n#.*\n/, ''));
    }
  }
  for (const name of [...samples.keys()].sort()) yield* samples.get(name)!;
}
