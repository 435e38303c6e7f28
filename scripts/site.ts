import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { homePage } from './site/home-page.ts';
import { prepareSources } from './site/sources.ts';
import { installTools } from './tools.ts';

/**
 * `npm run site [-- --base /path/] [--out <folder>]`: builds the documentation site from README.md and docs/, whose reference pages `npm run docs` makes
 * from the code's own tables. The result (default: scripts/site/dist) is a folder of static files for any web server. A link that leads
 * nowhere and a page that is in no section end it with exit code 1.
 */
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const folder = join(root, 'scripts', 'site');
const { values } = parseArgs({ options: { base: { type: 'string' }, out: { type: 'string' } } });
const outDir = resolve(values.out ?? join(folder, 'dist'));
/** Inside the folder of the tools, so that the pages' compiled modules find them. */
const build = join(folder, 'build');
const sources = join(build, 'pages');

installTools(folder);
const map = prepareSources(root, sources);
writeFileSync(join(build, 'site-map.json'), JSON.stringify(map));
writeFileSync(join(sources, 'index.md'), homePage('english', map));
mkdirSync(join(sources, 'zh'), { recursive: true });
writeFileSync(join(sources, 'zh', 'index.md'), homePage('chinese', map));
mkdirSync(join(build, '.vitepress'), { recursive: true });
writeFileSync(join(build, '.vitepress', 'config.ts'), "export { default } from '../../config.ts';\n");
const run = spawnSync(
  process.execPath,
  [join(folder, 'node_modules', 'vitepress', 'bin', 'vitepress.js'), 'build', build],
  {
    stdio: 'inherit',
    env: {
      ...process.env,
      SITE_CHECKOUT: root,
      SITE_SOURCES: sources,
      SITE_BASE: values.base ?? '/',
      SITE_OUT: outDir,
    },
  },
);
if (run.error !== undefined) throw run.error;
process.exitCode = run.status ?? 1;
if (run.status === 0) {
  const pages = readdirSync(outDir, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.html'));
  console.log(`${pages.length} pages in ${relative(root, outDir)}`);
}
