/**
 * Records packages/protocol/test/fixtures from Apache's own programs:
 *
 *   sh bin/node-run compat/record/main.ts [work folder]
 *
 * Needs Linux, Java, Maven and Go; takes about five minutes. Every frame is as it passed; nothing is masked.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { javaVersion, runJava, shortLivedJavaOptions } from '@rocketmq-ts/testkit/java';
import { startTappedCluster } from './cluster.ts';
import { type GoldenFrame, Recording } from './recording.ts';
import { runScenario } from './scenario.ts';

const LONGEST_FRAME_BYTES = 12_000;
const fixtures = fileURLToPath(new URL('../../packages/protocol/test/fixtures', import.meta.url));

/** Fixture file of a request code: one for each family of commands. */
function familyOf(code: number): string {
  if ([310, 320, 10, 36].includes(code)) return 'send';
  if (code === 11 || code === 361) return 'pull';
  if ([14, 15, 29, 30, 31, 32].includes(code)) return 'offset';
  if ([34, 35, 38, 40, 41, 42, 220, 221, 307, 309].includes(code)) return 'client';
  if ((code >= 100 && code <= 106) || [205, 206, 216, 219, 318, 319, 322, 327, 904].includes(code)) return 'namesrv';
  return 'admin';
}

const work = process.argv[2] ?? '/tmp/rocketmq-ts-record';
rmSync(work, { recursive: true, force: true });
const classes = new Map<number, readonly [string, string]>();
const named = await runJava('compat.HeaderClasses', [], { home: join(work, 'classes') });
for (const [, code, request, response] of named.output.matchAll(/^CODE (\d+) (\S+) (\S+)$/gm)) {
  classes.set(Number(code), [request!, response!]);
}
const recording = new Recording((code, response) => classes.get(code)?.[response ? 1 : 0] ?? '-', LONGEST_FRAME_BYTES);
const cluster = await startTappedCluster(work, shortLivedJavaOptions, (frame) => recording.add(frame));
try {
  await runScenario(cluster, work);
} finally {
  await cluster.stop();
}

const families = new Map<string, GoldenFrame[]>();
for (const frame of recording.frames) {
  const family = familyOf(frame.code);
  families.set(family, [...(families.get(family) ?? []), frame]);
}
mkdirSync(fixtures, { recursive: true });
const recorded = { by: 'compat/record/main.ts', apache: '5.4.0', java: javaVersion(), goClient: '2.1.2' };
for (const [family, frames] of families) {
  frames.sort((a, b) => a.code - b.code);
  const lines = frames.map((frame) => `    ${JSON.stringify(frame)}`);
  const text = `{\n  "recorded": ${JSON.stringify(recorded)},\n  "frames": [\n${lines.join(',\n')}\n  ]\n}\n`;
  writeFileSync(join(fixtures, `${family}.json`), text);
  console.log(`${family}.json: ${frames.length} frames, ${text.length} bytes`);
}
