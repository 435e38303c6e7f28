import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { describeMachine } from '../machine.ts';
import { fullSizes, quickSizes, runScale } from './scale.ts';
import { scaleText, tableText, withScaleSection } from './scale-report.ts';

/** `npm run bench -- --scale [--quick]`: a full run is kept in docs/benchmarks.md. */
export async function benchScale(args: readonly string[]): Promise<void> {
  const quick = args.includes('--quick');
  const sizes = quick ? quickSizes : fullSizes;
  const tables = await runScale(sizes, (line) => console.log(line));
  console.log(`\n${tables.map(tableText).join('\n')}`);
  if (quick && !args.includes('--keep')) return;
  const file = fileURLToPath(new URL('../../../docs/benchmarks.md', import.meta.url));
  const machine = describeMachine(tmpdir()).map((line) => line.replace(/; Apache's on .*/, ''));
  writeFileSync(file, withScaleSection(file, scaleText(tables, sizes, machine)));
  console.log(`Written to ${file}`);
}
