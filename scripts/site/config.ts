import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { type DefaultTheme, defineConfig, type MarkdownOptions } from 'vitepress';
import { linkOf, type SiteMap } from './sources.ts';

/**
 * Named by `../site.ts`: the prepared pages, the path under which the site will be served, and the folder that it is built
 * into.
 */
const { SITE_SOURCES: sources = '', SITE_BASE: base = '/', SITE_OUT: outDir = '' } = process.env;
const checkout = process.env.SITE_CHECKOUT ?? '';
const map = JSON.parse(readFileSync(join(dirname(sources), 'site-map.json'), 'utf8')) as SiteMap;
const NOT_AFFILIATED = 'An independent implementation, not affiliated with the Apache Software Foundation.';
const NOT_AFFILIATED_CHINESE = '独立实现，与 Apache 软件基金会无隶属关系。';

export default defineConfig({
  // Addresses of the reader's own machine: the console of `npm start`.
  ignoreDeadLinks: 'localhostLinks',
  srcDir: sources,
  outDir,
  base,
  title: 'rocketmq-ts',
  description: `Apache RocketMQ in TypeScript. ${NOT_AFFILIATED}`,
  lastUpdated: false,
  markdown: { html: false, config: siteLinks },
  themeConfig: { search: { provider: 'local' }, outline: [2, 3] },
  locales: {
    root: {
      label: 'English',
      lang: 'en',
      themeConfig: { ...navigation(map.english, '/'), footer: { message: NOT_AFFILIATED } },
    },
    zh: {
      label: '简体中文',
      lang: 'zh-CN',
      description: `TypeScript 实现的 Apache RocketMQ。${NOT_AFFILIATED_CHINESE}`,
      themeConfig: {
        ...navigation(map.chinese, '/zh/'),
        footer: { message: NOT_AFFILIATED_CHINESE },
        outline: { level: [2, 3], label: '本页内容' },
        docFooter: { prev: '上一页', next: '下一页' },
        darkModeSwitchLabel: '外观',
        sidebarMenuLabel: '目录',
        returnToTopLabel: '返回顶部',
      },
    },
  },
});

function navigation(groups: SiteMap['english'], at: string): Pick<DefaultTheme.Config, 'nav' | 'sidebar'> {
  const nav = groups.map(({ text, items }) => ({ text, link: items[0]!.link }));
  return {
    nav: [{ text: at === '/' ? 'Home' : '首页', link: at }, ...nav],
    sidebar: groups.map((group) => ({ ...group, items: [...group.items] })),
  };
}

/**
 * Links lead from file to file of the checkout: here they become links of the site. One to what only the checkout has (a
 * folder, a source file) is shown as its text. Two braces in a text are no template.
 */
function siteLinks(markdown: Parameters<NonNullable<MarkdownOptions['config']>>[0]): void {
  markdown.core.ruler.push('site-links', (state) => {
    const page = `/${(state.env as { relativePath: string }).relativePath.replace(/\.md$/, '')}`;
    for (const { children } of state.tokens) {
      let isDropped = false;
      for (const token of children ?? []) {
        if (token.type === 'image') token.attrSet('src', imageOnSite(page, token.attrGet('src') ?? ''));
        else if (token.type === 'link_open') {
          const href = linkOnSite(page, token.attrGet('href') ?? '');
          isDropped = href === undefined;
          if (href !== undefined) token.attrSet('href', href);
        }
        if (isDropped && (token.type === 'link_open' || token.type === 'link_close')) hide(token);
      }
    }
  });
  markdown.renderer.rules.text = (tokens, at) =>
    markdown.utils.escapeHtml(tokens[at]!.content).replaceAll('{{', '<span v-pre>{{</span>');
}

function hide(token: { type: string; tag: string; content: string; nesting: number }): void {
  Object.assign(token, { type: 'text', tag: '', content: '', nesting: 0 });
}

/** Undefined: the site has no such page. Throws for a file that the checkout has not either. */
function linkOnSite(page: string, href: string): string | undefined {
  if (/^[a-z]+:/.test(href) || href.startsWith('#')) return href;
  const [path = '', anchor] = href.split('#');
  const file = normalize(join(dirname(map.files[page] ?? ''), decodeURIComponent(path)));
  const link = linkOf(file);
  if (map.files[link] === file) return anchor === undefined ? link : `${link}#${anchor}`;
  if (existsSync(join(checkout, file))) return undefined;
  throw new Error(`${map.files[page]}: ${href} leads nowhere`);
}

function imageOnSite(page: string, source: string): string {
  return `/${normalize(join(dirname(map.files[page] ?? ''), source))}`;
}
