import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Figures } from '../src/load.ts';
import { type Page, type PageRun, pageAfter, pageText, readPage } from '../src/page.ts';
import { head, tableOf } from '../src/report.ts';

const TITLES = ['Start', 'Sends of 1 KB', 'Stop'];

/** A table as a load with figures of both leaves it. */
const tableWith = (ours: string, apache: string): string =>
  `|     | ours | Apache's 5.4.0 | ratio | target | met |\n| --- | --- | --- | --- | --- | --- |\n| ms | ${ours} | ${apache} | – | | |`;

const factsOn = (
  day: string,
  machine = '2 × A CPU (x64), 8.0 GB of memory',
  rounds = '3 rounds',
): readonly string[] => [
  `Date: 2026-11-${day} 10:00 UTC`,
  `Machine: ${machine}`,
  'System: Linux 6.18; store on ext4 (/dev/vda)',
  'Ours on Node.js v24.21.0; Apache\'s on openjdk version "17.0.15"',
  `${rounds} of ours and Apache's in turn; memory: 1,000,000 messages, twice.`,
];

/** A run of these loads; of all where it is whole. */
const runOf = (facts: readonly string[], ran: Readonly<Record<string, string>>, isWhole = false): PageRun => ({
  facts,
  tables: new Map(Object.entries(ran)),
  isWhole,
});

const textOf = (page: Page): string => pageText(page, TITLES, head);

const wholeRun = (day: string, titles: readonly string[] = TITLES): PageRun =>
  runOf(factsOn(day), Object.fromEntries(titles.map((title) => [title, tableWith(`${day}1`, `${day}2`)])), true);

const SCALE = '## Scale\n\n- Date: 2026-11-01 10:00 UTC\n\n### Topics\n\n| a |\n| --- |\n| 1 |\n';

/** As it was written before sections had dates. */
const oldPage = (): string =>
  `# Benchmarks\n\nWritten by \`npm run bench\`; do not edit.\n\n${factsOn('20')
    .map((fact) => `- ${fact}\n`)
    .join(
      '',
    )}\nHow it is done.\n\n${TITLES.map((title) => `### ${title}\n\n${tableWith('7', '8')}\n`).join('\n')}\n${SCALE}`;

const sectionOf = (text: string, title: string): string =>
  text
    .slice(text.indexOf(`### ${title}\n`))
    .split('\n### ')[0]!
    .split('\n## ')[0]!;

describe('the page', () => {
  test('without dates in its sections is read: all of them are of the run of its head', () => {
    const page = readPage(oldPage());
    assert.deepEqual(page.facts, factsOn('20'));
    assert.deepEqual([...page.sections.keys()], TITLES);
    for (const section of page.sections.values())
      assert.deepEqual(section, { facts: factsOn('20'), table: tableWith('7', '8') });
    assert.equal(page.scale, SCALE);
  });

  test('as it is in docs is read whole, and reads the same once it is written', () => {
    const text = readFileSync(fileURLToPath(new URL('../../docs/benchmarks.md', import.meta.url)), 'utf8');
    const page = readPage(text);
    assert.equal(page.facts.length, 5);
    assert.ok(page.sections.size > 20, `${page.sections.size} sections`);
    assert.deepEqual(readPage(pageText(page, [...page.sections.keys()], head)), page);
  });

  test('of a whole run has its facts and no dates in sections', () => {
    const { page, kept } = pageAfter(readPage(''), wholeRun('25'));
    const text = textOf(page);
    for (const fact of factsOn('25')) assert.ok(text.includes(`\n- ${fact}\n`), fact);
    assert.doesNotMatch(text, /Measured on/);
    assert.deepEqual([kept, readPage(text)], [[], page]);
  });

  test('keeps the section of a load that failed in a whole run, with the date of the figures', () => {
    const text = textOf(pageAfter(readPage(oldPage()), wholeRun('25', ['Start', 'Stop'])).page);
    assert.match(
      sectionOf(text, 'Sends of 1 KB'),
      /\n\nMeasured on 2026-11-20 10:00 UTC\.\n\n\|[\s\S]*\| ms \| 7 \| 8 \|/,
    );
    for (const title of ['Start', 'Stop'])
      assert.equal(sectionOf(text, title).trim(), `### ${title}\n\n${tableWith('251', '252')}`);
    assert.deepEqual(readPage(text).facts, factsOn('25'));
  });

  test('keeps its head and all other sections where some loads ran, and says what was not as the head says', () => {
    const facts = factsOn('26', '64 × B CPU (x64), 128.0 GB of memory');
    const text = textOf(pageAfter(readPage(oldPage()), runOf(facts, { Stop: tableWith('1', '2') })).page);
    assert.deepEqual(readPage(text).facts, factsOn('20'));
    assert.equal(
      sectionOf(text, 'Stop').trim(),
      `### Stop\n\nMeasured on 2026-11-26 10:00 UTC, otherwise than above:\n\n- ${facts[1]}\n\n${tableWith('1', '2')}`,
    );
    assert.equal(sectionOf(text, 'Start').trim(), `### Start\n\n${tableWith('7', '8')}`);
  });

  test('does not forget of which run a section is when a later run changes the head', () => {
    const quick = factsOn('21', undefined, '1 round');
    let page = pageAfter(readPage(oldPage()), runOf(quick, { Stop: tableWith('1', '2') })).page;
    const elsewhere = factsOn('22', '64 × B CPU (x64), 128.0 GB of memory');
    page = pageAfter(readPage(textOf(page)), runOf(elsewhere, { Start: tableWith('3', '4') }, true)).page;
    const { facts, sections } = readPage(textOf(page));
    assert.deepEqual(facts, elsewhere);
    assert.deepEqual(sections.get('Stop'), { facts: quick, table: tableWith('1', '2') });
    assert.deepEqual(sections.get('Sends of 1 KB'), { facts: factsOn('20'), table: tableWith('7', '8') });
  });

  test('has sections in the order of the loads, and none of a load that is no longer there', () => {
    const page = readPage(oldPage());
    const order = ['Stop', 'Start'];
    const text = pageText(page, order, head);
    assert.deepEqual([...readPage(text).sections.keys()], order);
    assert.doesNotMatch(text, /### Sends of 1 KB/);
  });

  test('keeps what the benchmark of scale wrote, once and at its end', () => {
    const text = textOf(pageAfter(readPage(oldPage()), wholeRun('25')).page);
    assert.ok(text.endsWith(`\n\n${SCALE}`));
    assert.equal(text.split('## Scale').length, 2);
  });

  test('does not lose figures of Apache’s to a run of ours alone, and takes what replaces nothing', () => {
    const start = readPage(oldPage());
    const sections = new Map(start.sections).set('Start', { facts: start.facts, table: tableWith('7', '–') });
    sections.delete('Stop');
    const alone = Object.fromEntries(TITLES.map((title) => [title, tableWith('1', '–')]));
    const { page, kept } = pageAfter({ ...start, sections }, runOf(factsOn('26'), alone));
    assert.deepEqual(kept, ['Sends of 1 KB']);
    assert.equal(page.sections.get('Sends of 1 KB')!.table, tableWith('7', '8'));
    for (const title of ['Start', 'Stop']) assert.equal(page.sections.get(title)!.table, tableWith('1', '–'), title);
    const apache = runOf(factsOn('26'), { 'Sends of 1 KB': tableWith('–', '9') });
    assert.deepEqual(pageAfter(page, apache).kept, ['Sends of 1 KB']);
  });

  test('stays as it is when a whole run has no figures', () => {
    const page = readPage(oldPage());
    assert.deepEqual(pageAfter(page, runOf(factsOn('26'), {}, true)).page, page);
  });
});

test('the table of a load that ran for ours alone has no figures of Apache’s', () => {
  const results = (apache: readonly Figures[]) =>
    new Map([['stop', { ours: [{ stopMillis: 100 }, { stopMillis: 300 }], apache }]]);
  assert.match(tableOf('stop', results([]))!, /\| ms {2}\| 200 \(100–300\) \| – {2}/);
  assert.match(tableOf('stop', results([{ stopMillis: 2000 }]))!, /\| 2,000 +\| 0\.10 +\| ≤ 0\.2 ×, ≤ 2,000 \| yes \|/);
  assert.equal(tableOf('start', results([])), undefined);
});
