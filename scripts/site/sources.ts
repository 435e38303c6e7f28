import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { SECTIONS } from './pages.ts';

const CHINESE_FOLDER = 'docs/zh';
/** Pictures of pages. */
export const IMAGES = 'docs/images';

const LISTED = SECTIONS.flatMap(({ pages }) => pages);

/** An entry of a sidebar. */
export interface SidebarGroup {
  readonly text: string;
  readonly items: readonly { readonly text: string; readonly link: string }[];
}

/** What the site is made from, after `prepareSources`. */
export interface SiteMap {
  readonly english: readonly SidebarGroup[];
  readonly chinese: readonly SidebarGroup[];
  /** By the link of a page: its file in the checkout. */
  readonly files: Readonly<Record<string, string>>;
}

/**
 * Copies the pages to a folder that is laid out as the site will be, pictures to where they are served as they are, and gives the navigation. Throws an error that names each page of docs/ that no section has, and each page of a section that does not exist.
 */
export function prepareSources(root: string, folder: string): SiteMap {
  const faults = sectionFaults(root);
  if (faults.length > 0) throw new Error(faults.join('\n'));
  rmSync(folder, { recursive: true, force: true });
  const readmes = readdirSync(join(root, 'packages')).map((room) => `packages/${room}/README.md`);
  const all = [...LISTED, 'README.zh-CN.md', ...markdownBelow(root, CHINESE_FOLDER), ...readmes];
  const files = all.filter((file) => existsSync(join(root, file)));
  for (const file of files) {
    const target = join(folder, `${linkOf(file)}.md`);
    mkdirSync(dirname(target), { recursive: true });
    cpSync(join(root, file), target);
  }
  const images = join(root, IMAGES);
  if (existsSync(images)) cpSync(images, join(folder, 'public', IMAGES), { recursive: true });
  return {
    english: sidebar(root, false),
    chinese: sidebar(root, true),
    files: Object.fromEntries(files.map((file) => [linkOf(file), file])),
  };
}

/** What the sections lack or have too much; empty: nothing. */
export function sectionFaults(root: string): string[] {
  const found = markdownBelow(root, 'docs').filter((page) => !page.startsWith(`${CHINESE_FOLDER}/`));
  return [
    ...found
      .filter((page) => !LISTED.includes(page))
      .map((page) => `${page} is in no section of scripts/site/pages.ts`),
    ...LISTED.filter((page) => !existsSync(join(root, page))).map(
      (page) => `${page} does not exist: scripts/site/pages.ts`,
    ),
  ];
}

function sidebar(root: string, isChinese: boolean): SidebarGroup[] {
  return SECTIONS.map(({ title, chineseTitle, pages }) => ({
    text: isChinese ? chineseTitle : title,
    items: pages.map((page) => {
      const shown = isChinese ? (chineseOf(root, page) ?? page) : page;
      return { text: titleOf(root, shown), link: linkOf(shown) };
    }),
  }));
}

/** The Chinese page beside an English one, where there is one. */
function chineseOf(root: string, page: string): string | undefined {
  const path = page === 'README.md' ? 'README.zh-CN.md' : page.replace(/^docs\//, `${CHINESE_FOLDER}/`);
  return path !== page && existsSync(join(root, path)) ? path : undefined;
}

/** Where a file of the checkout lies on the site. */
export function linkOf(file: string): string {
  if (file === 'README.md') return '/start';
  if (file === 'README.zh-CN.md') return '/zh/start';
  return `/${file.replace(/\.md$/, '').replace(/^docs\/zh\//, 'zh/')}`;
}

function titleOf(root: string, page: string): string {
  const heading = /^# (.+)$/m.exec(readFileSync(join(root, page), 'utf8'))?.[1];
  if (heading === undefined) throw new Error(`${page} has no heading`);
  return page === 'README.md' ? 'Start' : page === 'README.zh-CN.md' ? '开始' : heading.replaceAll('`', '');
}

function markdownBelow(root: string, folder: string): string[] {
  const entries = readdirSync(join(root, folder), { recursive: true, withFileTypes: true });
  const pages = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.md'));
  return pages.map((entry) => relative(root, join(entry.parentPath, entry.name))).sort();
}
