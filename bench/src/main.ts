import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { javaAvailable } from '@rocketmq-ts/testkit/java';
import { buildGenerator } from './generator.ts';
import type { Figures } from './load.ts';
import { loads } from './loads.ts';
import { describeMachine } from './machine.ts';
import { type Options, readOptions, type Target, usage } from './options.ts';
import { type PageRun, pageAfter, pageText, readPage } from './page.ts';
import { factsOf, head, type Results, tableOf } from './report.ts';
import { benchScale } from './scale/main.ts';
import { prepare } from './servers.ts';

async function bench(options: Options): Promise<void> {
  const chosen = options.only.length === 0 ? loads : loads.filter((load) => options.only.includes(load.name));
  const java = javaAvailable();
  if (options.targets.includes('apache') && !java.available)
    throw new Error(`Apache's broker can't run: ${java.reason}`);
  buildGenerator();
  for (const target of options.targets) await prepare(target);

  const root = mkdtempSync(join(tmpdir(), 'rocketmq-ts-bench-'));
  process.on('exit', () => rmSync(root, { recursive: true, force: true }));
  const results = new Map<string, Record<Target, Figures[]>>();
  const failed = new Set<string>();
  for (let round = 1; round <= options.rounds; round++) {
    for (const load of chosen) {
      // The first one finds the quieter machine: take turns.
      const order = round % 2 === 1 ? options.targets : options.targets.toReversed();
      for (const target of order) {
        if (load.targets !== undefined && !load.targets.includes(target)) continue;
        const folder = join(root, `${round}-${load.name}-${target}`);
        // What the load before left unwritten would burden the disk of this one.
        execFileSync('sync');
        try {
          const figures = await load.run(target, folder, options);
          const ofLoad = results.get(load.name) ?? { ours: [], apache: [] };
          ofLoad[target].push(figures);
          results.set(load.name, ofLoad);
          console.log(`round ${round} ${load.name} ${target}: ${brief(figures)}`);
        } catch (error) {
          failed.add(load.name);
          console.error(`round ${round} ${load.name} ${target} FAILED: ${(error as Error).message}`);
        }
        rmSync(folder, { recursive: true, force: true });
      }
    }
  }
  const facts = factsOf(options, describeMachine(root));
  const tables = new Map(
    chosen.flatMap(({ name, title }): [string, string][] => {
      const table = tableOf(name, results as Results);
      return table === undefined ? [] : [[title, table]];
    }),
  );
  const shown = [...tables].map(([title, table]) => `### ${title}\n\n${table}\n`);
  console.log(`\n${facts.join('\n')}\n\n${shown.join('\n')}`);
  for (const { name, title } of chosen) if (failed.has(name)) tables.delete(title);
  if (failed.size > 0) {
    console.error(`Failed: ${[...failed].join(', ')}`);
    process.exitCode = 1;
  }
  if (options.keep && tables.size > 0) keep({ facts, tables, isWhole: options.isWhole });
}

/** Replaces the sections of docs/benchmarks.md that a run has figures for. */
function keep(run: PageRun): void {
  const file = fileURLToPath(new URL('../../docs/benchmarks.md', import.meta.url));
  const old = readPage(existsSync(file) ? readFileSync(file, 'utf8') : '');
  const { page, kept } = pageAfter(old, run);
  for (const title of kept) console.log(`Not replaced, it has figures of both: ${title}`);
  writeFileSync(
    file,
    pageText(
      page,
      loads.map(({ title }) => title),
      head,
    ),
  );
  console.log(`Written to ${file}`);
}

function brief(figures: Figures): string {
  return Object.entries(figures)
    .map(([name, value]) => `${name}=${Number(value.toFixed(2))}`)
    .join(' ');
}

process.on('SIGINT', () => process.exit(130));
process.on('SIGTERM', () => process.exit(143));
try {
  const names = loads.map(({ name }) => name);
  const options = readOptions(process.argv.slice(2), names);
  if (options === undefined) console.log(usage(names));
  else if (options.scale) await benchScale(process.argv.slice(2));
  else await bench(options);
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
