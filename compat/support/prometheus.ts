import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, startProgram } from '@rocketmq-ts/testkit/java';

const START_MS = 30_000;

/** A Prometheus server on loopback that reads some pages twice a second. */
export interface Prometheus {
  /** Values of all series that an expression gives now. Rejects with what is wrong with an expression. */
  query(expression: string): Promise<readonly number[]>;
  kill(): Promise<unknown>;
}

/** Starts Debian's, in a folder of its own; its targets are addresses of pages `/metrics`. */
export async function startPrometheus(home: string, targets: readonly string[]): Promise<Prometheus> {
  mkdirSync(home, { recursive: true });
  const file = join(home, 'prometheus.yml');
  const jobs = [{ job_name: 'rocketmq', static_configs: [{ targets }] }];
  // JSON is YAML too.
  writeFileSync(file, JSON.stringify({ global: { scrape_interval: '500ms' }, scrape_configs: jobs }));
  const address = `127.0.0.1:${await freePort()}`;
  const program = await startProgram({
    command: 'prometheus',
    args: [`--config.file=${file}`, `--storage.tsdb.path=${join(home, 'data')}`, `--web.listen-address=${address}`],
    logFile: join(home, 'prometheus.log'),
  });
  try {
    await program.waitForLine(/Server is ready to receive web requests/, START_MS);
  } catch (error) {
    await program.kill();
    throw error;
  }
  return {
    async query(expression) {
      const body = new URLSearchParams({ query: expression });
      const response = await fetch(`http://${address}/api/v1/query`, { method: 'POST', body });
      const answer = (await response.json()) as Answer;
      if (answer.status !== 'success') throw new Error(`${expression}: ${answer.error}`);
      return answer.data.result.map(({ value }) => Number(value[1]));
    },
    kill: () => program.kill(),
  };
}

type Answer =
  | { readonly status: 'success'; readonly data: { readonly result: readonly { readonly value: [number, string] }[] } }
  | { readonly status: 'error'; readonly error: string };
