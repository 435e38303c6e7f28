import { readFileSync } from 'node:fs';
import { arch, cpus, release, totalmem, type } from 'node:os';
import { javaVersion } from '@rocketmq-ts/testkit/java';

/** What the figures depend on, one line each. */
export function describeMachine(storeFolder: string): readonly string[] {
  const [first] = cpus();
  return [
    `Date: ${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC`,
    `Machine: ${cpus().length} × ${first?.model ?? 'unknown CPU'} (${arch()}), ${(totalmem() / 2 ** 30).toFixed(1)} GB of memory`,
    `System: ${type()} ${release()}; store on ${fileSystemOf(storeFolder)}`,
    `Ours on Node.js ${process.version}; Apache's on ${javaVersion()}`,
  ];
}

function fileSystemOf(folder: string): string {
  const mounts = readFileSync('/proc/mounts', 'utf8').trim().split('\n');
  const fields = mounts.map((line) => line.split(' '));
  const under = fields.filter(([, at]) => at === '/' || folder === at || folder.startsWith(`${at}/`));
  const best = under.toSorted((a, b) => b[1]!.length - a[1]!.length)[0];
  return best === undefined ? 'an unknown file system' : `${best[2]} (${best[0]})`;
}
