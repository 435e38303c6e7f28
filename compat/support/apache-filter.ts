import { spawnSync } from 'node:child_process';
import { javaClassPath } from '@rocketmq-ts/testkit/java';
import type { SqlCase } from './sql-cases.ts';

/** What a filter says to a case: `refused`, or an outcome for each of its messages. */
export type SqlAnswer = 'refused' | readonly string[];

/** Asks Apache's own filter module, all in one process. */
export async function apacheAnswers(cases: readonly SqlCase[]): Promise<SqlAnswer[]> {
  const lines = await ask(
    cases.flatMap(({ expression, properties }) => [
      `E ${base64(expression)}`,
      ...properties.map((text) => `P ${base64(text)}`),
    ]),
  );
  let at = 0;
  return cases.map(({ properties }) => {
    const compiled = lines[at++];
    const outcomes = lines.slice(at, at + properties.length);
    at += properties.length;
    return compiled === 'refused' ? 'refused' : outcomes;
  });
}

/** Bits and positions of texts in Apache's bloom filter, as it prints them. */
export function apacheBloomData(rate: number, groups: number, texts: readonly string[]): Promise<string[]> {
  return ask(texts.map((text) => `B ${rate} ${groups} ${base64(text)}`));
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}

async function ask(lines: readonly string[]): Promise<string[]> {
  const classPath = await javaClassPath();
  const { status, stdout, stderr } = spawnSync(
    'java',
    ['-XX:TieredStopAtLevel=1', '-cp', classPath, 'compat.SqlFilterProgram'],
    {
      input: `${lines.join('\n')}\n`,
      encoding: 'latin1',
      maxBuffer: 1 << 28,
      timeout: 60_000,
    },
  );
  if (status !== 0) throw new Error(`SqlFilterProgram ended with ${status}: ${stderr.slice(-2000)}`);
  return stdout.trimEnd().split('\n');
}
