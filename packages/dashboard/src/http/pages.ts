import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { ConsoleError } from '../errors.ts';

/** Where `npm run build` puts the pages. */
const DIST = join(import.meta.dirname, '../../web/dist');

/** Addresses that are never a page: the API and the end-points of Apache's dashboard. */
const NOT_A_PAGE = /^\/api\/|\.(?:query|do)(?:$|\?)/;

/** Serves the built pages. Every address that is not a file is one of the pages' own, so that deep links can be opened. */
export async function servePages(app: FastifyInstance, basePath: string): Promise<void> {
  const assets = join(DIST, 'assets');
  if (existsSync(assets)) {
    await app.register(fastifyStatic, {
      root: assets,
      prefix: '/assets/',
      preCompressed: true,
      // Names of assets change with their content.
      immutable: true,
      maxAge: '365d',
    });
  }
  app.setNotFoundHandler((request, reply) => {
    const isPage = (request.method === 'GET' || request.method === 'HEAD') && !NOT_A_PAGE.test(request.url);
    if (!isPage || request.url.startsWith('/assets/'))
      throw new ConsoleError('NOT_FOUND', `the console has no ${request.method} ${request.url.split('?', 1)[0]}`);
    // Read each time: it names the assets, which an update replaces while the console runs.
    const index = readIndex(basePath);
    if (index === undefined)
      throw new ConsoleError(
        'PAGES_NOT_BUILT',
        'the pages of the console are not built: run npm run build in the checkout',
      );
    return reply.type('text/html; charset=utf-8').header('cache-control', 'no-cache').send(index);
  });
}

/** The page with the base that its relative addresses start from; undefined when it was not built. */
function readIndex(basePath: string): string | undefined {
  try {
    return readFileSync(join(DIST, 'index.html'), 'utf8').replace('<base href="/" />', `<base href="${basePath}" />`);
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return undefined;
    throw error;
  }
}
