import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('../generator', import.meta.url));
const binary = fileURLToPath(new URL('../target/generator', import.meta.url));

/** What is used of the report of the generator on a load; CPU figures cover the measured time only. */
export interface Measured {
  readonly count: number;
  readonly failed: number;
  readonly perSecond: number;
  readonly latencyMicros: { readonly p50: number; readonly p99: number; readonly p999: number };
  readonly brokerCpuMicrosPerMessage: number;
  readonly generatorCpuMicrosPerMessage: number;
  readonly brokerMemoryKb?: { readonly RssAnon: number; readonly VmRSS: number; readonly VmHWM: number };
}

/** Compiles the generator; a second is enough. Throws with one readable line where Go is missing. */
export function buildGenerator(): void {
  mkdirSync(dirname(binary), { recursive: true });
  const build = spawnSync('go', ['build', '-o', binary, '.'], { cwd: source, encoding: 'utf8' });
  if (build.error) {
    throw new Error('The load generator is written in Go (standard library only) and there is no `go` on the PATH.');
  }
  if (build.status !== 0) throw new Error(`go build failed:\n${build.stderr}`);
}

/** Runs one mode of the generator, on these cores alone, and reads the JSON object that it prints. Rejects with its own words where it fails. */
export function generate<Result>(
  mode: string,
  flags: Readonly<Record<string, string | number>>,
  cores: readonly number[] = [],
): Promise<Result> {
  const args = [mode, ...Object.entries(flags).map(([name, value]) => `-${name}=${value}`)];
  return new Promise((resolve, reject) => {
    const [command = binary, ...words] = cores.length === 0 ? [] : ['taskset', '-c', cores.join(','), binary];
    execFile(command, [...words, ...args], { encoding: 'utf8', maxBuffer: 1 << 20 }, (error, output, errors) => {
      if (error) reject(new Error(`generator ${args.join(' ')}: ${errors.trim() || error.message}`));
      else resolve(JSON.parse(output) as Result);
    });
  });
}
