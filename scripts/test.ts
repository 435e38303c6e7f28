import { readdirSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { run } from 'node:test';
import { fileURLToPath } from 'node:url';
import { inspect, parseArgs } from 'node:util';

/**
 * `npm test [-- [--folder <folder>]… [--concurrency <n>] [part of a path]…]`: runs the test files below the folders
 * (default: packages/<room>/test, bench/test and chaos/test), those whose path contains one of the parts. Ends with `N passed, N failed[, N skipped]`;
 * exit code 1 when a test failed or none ran.
 */
const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
/** As many test processes at a time as the smallest machine has cores. */
const DEFAULT_CONCURRENCY = 2;
/** Parts of paths of the files that take longest: they start first, or one of them would run alone at the end. */
const LONGEST = ['simulation', 'seeds', 'packages/launcher/', 'packages/testkit/'];
/** A file that takes longer hangs: the longest has 90 s of work, and may share its two cores with a build and other tests. */
const FILE_TIMEOUT_MS = 600_000;
/** Of the output of a file with failures, this much of its end is shown. */
const MAX_OUTPUT_CHARS = 20_000;

const { values, positionals } = parseArgs({
  options: { folder: { type: 'string', multiple: true }, concurrency: { type: 'string' } },
  allowPositionals: true,
});
process.exitCode = await runTests(
  findTestFiles(values.folder ?? unitTestFolders(), positionals),
  Number(values.concurrency ?? DEFAULT_CONCURRENCY),
);

function unitTestFolders(): string[] {
  const rooms = readdirSync(join(root, 'packages')).map((room) => join('packages', room, 'test'));
  return [...rooms, 'bench/test', 'chaos/test'];
}

function findTestFiles(folders: readonly string[], filters: readonly string[]): string[] {
  const files: string[] = [];
  for (const folder of folders) {
    const path = resolve(root, folder);
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) continue;
    for (const entry of readdirSync(path, { withFileTypes: true, recursive: true })) {
      const file = join(entry.parentPath, entry.name);
      if (entry.isFile() && entry.name.endsWith('.test.ts') && !file.includes('node_modules')) files.push(file);
    }
  }
  const isWanted = (file: string): boolean =>
    filters.length === 0 || filters.some((part) => relative(root, file).includes(part));
  const rankOf = (file: string): number => {
    const at = LONGEST.findIndex((part) => relative(root, file).includes(part));
    return at < 0 ? LONGEST.length : at;
  };
  return files.filter(isWanted).sort((a, b) => rankOf(a) - rankOf(b) || (a < b ? -1 : 1));
}

/** What the run of a file left behind. */
interface FileResult {
  passed: number;
  failed: number;
  skipped: number;
  durationMs: number;
  output: string;
  isPrinted: boolean;
  readonly failures: string[];
}

async function runTests(files: string[], concurrency: number): Promise<number> {
  if (files.length === 0) {
    console.log('no test file found');
    console.log('0 passed, 0 failed');
    return 1;
  }
  const results = new Map<string, FileResult>();
  const resultOf = (file: string | undefined): FileResult => {
    const key = file ?? '';
    const known = results.get(key);
    if (known !== undefined) return known;
    const result = { passed: 0, failed: 0, skipped: 0, durationMs: 0, output: '', isPrinted: false, failures: [] };
    results.set(key, result);
    return result;
  };
  const stream = run({
    files,
    concurrency,
    timeout: FILE_TIMEOUT_MS,
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  /** Names of the tests and suites around the one that is reported next, by depth. */
  const around: string[] = [];
  for await (const { type, data } of stream) {
    if (type === 'test:start') {
      around.length = data.nesting;
      around[data.nesting] = data.name;
    } else if (type === 'test:pass') {
      const result = resultOf(entryOf(data));
      if (data.skip !== undefined) result.skipped++;
      else if (isTest(data)) result.passed++;
    } else if (type === 'test:fail') {
      const result = resultOf(entryOf(data));
      // A suite fails through its tests, which are reported themselves, unless its own hooks failed.
      if (data.details.type === 'suite' && isOfSubtests(data.details.error)) continue;
      result.failed++;
      result.failures.push(describeFailure([...around.slice(0, data.nesting), data.name], data.details.error));
    } else if (type === 'test:stdout' || type === 'test:stderr') {
      const result = resultOf(data.file);
      result.output = (result.output + data.message).slice(-MAX_OUTPUT_CHARS);
    } else if (type === 'test:summary' && data.file !== undefined) {
      const result = resultOf(data.file);
      result.durationMs = data.duration_ms;
      printFile(data.file, result);
    }
  }
  // A file that could not even be loaded has no summary of its own.
  for (const [file, result] of results) if (!result.isPrinted && result.failed > 0) printFile(file, result);
  return printSummary([...results.values()]);
}

/** The file that was run; a test of a shared suite is declared in another one. */
function entryOf(data: { readonly file?: string; readonly entryFile?: string }): string | undefined {
  return data.entryFile ?? data.file;
}

interface ReportedTest {
  readonly name: string;
  readonly nesting: number;
  readonly file?: string;
  readonly details: { readonly type?: string | undefined };
}

/** Not a suite, and not the entry of a whole file. */
function isTest(data: ReportedTest): boolean {
  if (data.details.type === 'suite') return false;
  return !(data.nesting === 0 && data.file !== undefined && resolve(root, data.name) === data.file);
}

function isOfSubtests(error: Error & { failureType?: unknown }): boolean {
  return error.failureType === 'subtestsFailed';
}

function describeFailure(names: readonly string[], error: Error): string {
  const shown = error.cause ?? error;
  const text = shown instanceof Error ? (shown.stack ?? inspect(shown)) : inspect(shown);
  const differing = shown instanceof Error && 'diff' in shown ? '' : detailOf(shown);
  return `${names.join(' > ')}\n${indent(`${text}${differing}`)}`;
}

/** Fields of an error beside its message (a code, a seed, a cause) often explain more than its stack. */
function detailOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const cause = error.cause === undefined ? '' : `\ncaused by ${inspect(error.cause)}`;
  const code = (error as { code?: unknown }).code;
  return `${code === undefined ? '' : `\ncode: ${String(code)}`}${cause}`;
}

function printFile(file: string, result: FileResult): void {
  result.isPrinted = true;
  const name = relative(root, file);
  const seconds = (result.durationMs / 1000).toFixed(1);
  const skipped = result.skipped === 0 ? '' : `, ${result.skipped} skipped`;
  if (result.failed === 0) {
    console.log(`ok    ${name}: ${result.passed} passed${skipped} (${seconds} s)`);
    return;
  }
  console.log(`FAIL  ${name}: ${result.failed} failed, ${result.passed} passed${skipped} (${seconds} s)`);
  for (const failure of result.failures) console.log(indent(failure));
  if (result.output.trim() !== '') console.log(indent(`output of the file:\n${indent(result.output.trimEnd())}`));
}

function printSummary(results: readonly FileResult[]): number {
  let passed = 0;
  let failed = 0;
  let skipped = 0;
  for (const result of results) {
    passed += result.passed;
    failed += result.failed;
    skipped += result.skipped;
  }
  console.log(`${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`);
  return failed > 0 || passed === 0 ? 1 : 0;
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, '    ');
}
