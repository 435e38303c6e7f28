import { scaleSection } from './scale/scale-report.ts';

/** docs/benchmarks.md as text, taken apart: a head, one section a load, and what the benchmark of scale wrote. */
export interface Page {
  /** Date, machine, versions and sizes of the run that the head tells of, one line each; none where there was no such run. */
  readonly facts: readonly string[];
  /** By the title of the load. */
  readonly sections: ReadonlyMap<string, Section>;
  /** With its heading; empty where it was never written. */
  readonly scale: string;
}

/** What was measured of one load. */
export interface Section {
  /** Of the run that measured it, all of them, as in the head. */
  readonly facts: readonly string[];
  /** A table in Markdown. */
  readonly table: string;
}

const HEADING = '### ';
const MEASURED = 'Measured on ';
const DIFFERENCES = 'otherwise than above:';
/** A line of facts takes the place of the one that begins alike. The last kind, the sizes, begins with any number. */
const KINDS = ['Date: ', 'Machine: ', 'System: ', 'Ours on ', ''];

const kindOf = (fact: string): number => KINDS.findIndex((kind) => fact.startsWith(kind));

/** Takes a page apart, also one of before there were sections with a date of their own. */
export function readPage(text: string): Page {
  const scale = scaleSection(text);
  const [head = '', ...parts] = text.slice(0, text.length - scale.length).split(`\n${HEADING}`);
  const facts = listOf(head);
  const sections = new Map<string, Section>();
  for (const part of parts) {
    const [title = '', ...lines] = part.trimEnd().split('\n');
    const table = lines.filter((line) => line.startsWith('|')).join('\n');
    if (table !== '') sections.set(title, { facts: factsOf(lines, facts), table });
  }
  return { facts, sections, scale };
}

const listOf = (text: string): string[] => [...text.matchAll(/^- (.*)$/gm)].map(([, line]) => line!);

/** The facts of the head, but for what a section says of its own run. */
function factsOf(lines: readonly string[], ofHead: readonly string[]): readonly string[] {
  const measured = lines.find((line) => line.startsWith(MEASURED));
  if (measured === undefined) return ofHead;
  const date = /^[\d-]+ [\d:]+ UTC/.exec(measured.slice(MEASURED.length))?.[0];
  const own = [...(date === undefined ? [] : [`Date: ${date}`]), ...listOf(lines.join('\n'))];
  const others = ofHead.filter((fact) => !own.some((each) => kindOf(each) === kindOf(fact)));
  return [...own, ...others].sort((a, b) => kindOf(a) - kindOf(b));
}

/** What a run leaves for the page. */
export interface PageRun {
  readonly facts: readonly string[];
  /** Of the loads that ran without failure, by their titles. */
  readonly tables: ReadonlyMap<string, string>;
  /** Whether every load was to run, for ours and Apache's: the head then tells of this run. */
  readonly isWhole: boolean;
}

/** The page after a run, and titles of loads that kept their old section because only that one has figures of Apache's. */
export function pageAfter(page: Page, run: PageRun): { readonly page: Page; readonly kept: readonly string[] } {
  const sections = new Map(page.sections);
  const kept: string[] = [];
  for (const [title, table] of run.tables) {
    const old = page.sections.get(title)?.table;
    if (old !== undefined && losesTarget(old, table)) kept.push(title);
    else sections.set(title, { facts: run.facts, table });
  }
  const isHead = page.facts.length === 0 || (run.isWhole && run.tables.size > 0);
  return { page: { ...page, facts: isHead ? run.facts : page.facts, sections }, kept };
}

/** Whether ours or Apache's has figures in the old table and none in the new one. */
function losesTarget(old: string, table: string): boolean {
  const has = (text: string, column: number): boolean =>
    text
      .split('\n')
      .slice(2)
      .some((line) => (line.split('|')[column]?.trim() ?? '–') !== '–');
  return [2, 3].some((column) => has(old, column) && !has(table, column));
}

/** The text of a page: sections of these titles in their order, others are left out. `head` writes what is above them. */
export function pageText(page: Page, titles: readonly string[], head: (facts: readonly string[]) => string): string {
  const parts = titles.flatMap((title) => {
    const section = page.sections.get(title);
    return section === undefined
      ? []
      : [`${HEADING}${title}\n\n${measuredLine(section, page.facts)}${section.table}\n`];
  });
  return [head(page.facts), ...parts, ...(page.scale === '' ? [] : [page.scale])].join('\n');
}

/** Nothing for a section of the run that the head tells of. */
function measuredLine({ facts }: Section, ofHead: readonly string[]): string {
  const differing = facts.filter((fact) => !ofHead.includes(fact));
  if (differing.length === 0) return '';
  const date = facts.find((fact) => kindOf(fact) === 0)?.slice(KINDS[0]!.length) ?? 'an unknown day';
  const others = differing.filter((fact) => kindOf(fact) !== 0);
  if (others.length === 0) return `${MEASURED}${date}.\n\n`;
  return `${MEASURED}${date}, ${DIFFERENCES}\n\n${others.map((fact) => `- ${fact}\n`).join('')}\n`;
}
