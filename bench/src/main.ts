import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { javaAvailable } from '@rocketmq-ts/testkit/java';
import { buildGenerator } from './generator.ts';
import type { Figures } from './load.ts';
import { loads } from './loads.ts';
import { describeMachine } from './machine.ts';
import { type Options, readOptions, type Target, usage } from './options.ts';
import { page, type Results, tables } from './report.ts';
import { benchScale } from './scale/main.ts';
import { scaleSection } from './scale/scale-report.ts';
import { prepare } from './servers.ts';

async function bench(options: Options): Promise<void> {
  const chosen = options.only.length === 0 ? loads : loads.filter((load) => options.only.includes(load.name));
  const unknown = options.only.filter((name) => !loads.some((load) => load.name === name));
  if (unknown.length > 0) throw new Error(`no such load: ${unknown.join(', ')}`);
  const java = javaAvailable();
  if (options.targets.includes('apache') && !java.available)
    throw new Error(`Apache's broker can't run: ${java.reason}`);
  buildGenerator();
  for (const target of options.targets) await prepare(target);

  const root = mkdtempSync(join(tmpdir(), 'rocketmq-ts-bench-'));
  process.on('exit', () => rmSync(root, { recursive: true, force: true }));
  const results = new Map<string, Record<Target, Figures[]>>();
  let failures = 0;
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
          failures++;
          console.error(`round ${round} ${load.name} ${target} FAILED: ${(error as Error).message}`);
        }
        rmSync(folder, { recursive: true, force: true });
      }
    }
  }
  const machine = describeMachine(root);
  console.log(`\n${machine.join('\n')}\n\n${tables(results as Results)}`);
  if (options.keep && failures === 0) {
    const file = fileURLToPath(new URL('../../docs/benchmarks.md', import.meta.url));
    const scale = scaleSection(file);
    writeFileSync(file, `${page(results as Results, options, machine)}${scale === '' ? '' : `\n${scale}`}`);
    console.log(`Written to ${file}`);
  }
  if (failures > 0) process.exitCode = 1;
}

function brief(figures: Figures): string {
  return Object.entries(figures)
    .map(([name, value]) => `${name}=${Number(value.toFixed(2))}`)
    .join(' ');
}

process.on('SIGINT', () => process.exit(130));
process.on('SIGTERM', () => process.exit(143));
try {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) console.log(usage);
  else if (options.scale) await benchScale(process.argv.slice(2));
  else await bench(options);
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
