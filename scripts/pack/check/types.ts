import { copyFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { compilers } from './environments.ts';
import type { Report } from './report.ts';
import { npm, run } from './run.ts';

/** Everything that a careful program switches on; declarations of packages are checked as well. */
const STRICTEST = [
  ...['strict', 'exactOptionalPropertyTypes', 'noUncheckedIndexedAccess', 'noImplicitOverride', 'noImplicitReturns'],
  ...['noPropertyAccessFromIndexSignature', 'noUnusedLocals', 'noUnusedParameters', 'isolatedModules'],
];

/** Type-checks a strict program in the folder that its packages are installed in, as ES module and as CommonJS. */
export async function checkTypes(
  report: Report,
  folder: string,
  program: string,
  names: readonly string[] = compilers.map(({ name }) => name),
): Promise<void> {
  for (const extension of ['ts', 'mts', 'cts']) copyFileSync(program, join(folder, `strict.${extension}`));
  for (const compiler of compilers.filter(({ name }) => names.includes(name))) {
    if (compiler.nodeTypes !== undefined) await npm(folder, ['install', `@types/node@${compiler.nodeTypes}`]);
    for (const [module, resolution] of compiler.modes) {
      await report.check(
        `${compiler.name}, moduleResolution ${resolution}: ${basename(program)} has types`,
        async () => {
          const flags = STRICTEST.flatMap((flag) => [`--${flag}`, 'true']);
          const mode = ['--module', module, '--moduleResolution', resolution, '--target', 'es2022'];
          const files = resolution === 'bundler' ? ['strict.ts'] : ['strict.ts', 'strict.mts', 'strict.cts'];
          const args = [compiler.path, '--noEmit', '--skipLibCheck', 'false', ...flags, ...mode, ...files];
          await run(process.execPath, { args, folder });
        },
      );
    }
  }
}
