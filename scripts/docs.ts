import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { apiPages } from './docs/api/index.ts';
import { clientOptionsPage } from './docs/client-options-page.ts';
import { clientStatusPage } from './docs/client-status-page.ts';
import { configurationPage } from './docs/configuration-page.ts';
import { consolePage } from './docs/console-page.ts';
import { errorsPage } from './docs/errors-page.ts';
import { limitsPage } from './docs/limits-page.ts';
import { metricsPage } from './docs/metrics-page.ts';
import { mqadminPage } from './docs/mqadmin-page.ts';
import { protocolPage } from './docs/protocol-page.ts';
import { reliabilityPage } from './docs/reliability-page.ts';
import { storeToolPage } from './docs/store-tool-page.ts';
import { sectionFaults } from './site/sources.ts';

/**
 * `npm run docs [-- --check] [--folder <folder>]`: writes the pages that follow from tables and doc comments in the code to docs/. With `--check`
 * nothing is written; each page that is not what the tables give is named with its first differing line, and the exit code is 1. It is 1 as well
 * for a page of docs/ that the documentation site has in no section.
 */
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const { values } = parseArgs({ options: { check: { type: 'boolean' }, folder: { type: 'string' } } });
const folder = values.folder ?? join(root, 'docs');
const pages = {
  ...apiPages(root),
  'client-options.md': clientOptionsPage(),
  'client-status.md': clientStatusPage(),
  'configuration.md': configurationPage(),
  'console.md': consolePage(),
  'errors.md': errorsPage(),
  'limits.md': limitsPage(),
  'metrics.md': metricsPage(),
  'mqadmin.md': await mqadminPage(root),
  'protocol.md': protocolPage(root),
  'reliability.md': reliabilityPage(),
  'store-tool.md': storeToolPage(),
};

for (const [name, expected] of Object.entries(pages)) {
  const path = join(folder, name);
  if (values.check !== true) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, expected);
    continue;
  }
  const difference = firstDifference(readFileSync(path, 'utf8'), expected);
  if (difference === undefined) continue;
  console.log(`${path} is not what the code gives: run npm run docs. ${difference}`);
  process.exitCode = 1;
}

for (const fault of sectionFaults(root)) {
  console.log(fault);
  process.exitCode = 1;
}

function firstDifference(actual: string, expected: string): string | undefined {
  if (actual === expected) return undefined;
  const [there, wanted] = [actual.split('\n'), expected.split('\n')];
  const index = wanted.findIndex((line, at) => line !== there[at]);
  const at = index < 0 ? wanted.length : index;
  return `Line ${at + 1} is "${there[at] ?? ''}" and should be "${wanted[at] ?? ''}".`;
}
