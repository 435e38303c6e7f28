import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { Random } from '@rocketmq-ts/kernel';
import type { FastifyInstance } from 'fastify';
import { ConsoleError } from '../errors.ts';
import { contentPolicy } from './app.ts';
import { isPageAddress } from './page-address.ts';

/** Where `npm run build` puts the pages. */
const DIST = join(import.meta.dirname, '../../web/dist');

/** Where the build leaves room for the nonce; see `web/vite.config.ts`. */
const NONCE_PLACE = /__CSP_NONCE__/g;
const NONCE_BYTES = 16;

/** Serves the built pages. Every address that is not a file is one of the pages' own, so that deep links can be opened. */
export async function servePages(app: FastifyInstance, basePath: string, random: Random): Promise<void> {
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
    const isPage = (request.method === 'GET' || request.method === 'HEAD') && isPageAddress(request.url);
    if (!isPage)
      throw new ConsoleError('NOT_FOUND', `the console has no ${request.method} ${request.url.split('?', 1)[0]}`);
    // Read each time: it names the assets, which an update replaces while the console runs.
    const index = readIndex(basePath);
    if (index === undefined)
      throw new ConsoleError(
        'PAGES_NOT_BUILT',
        'the pages of the console are not built: run npm run build in the checkout',
      );
    // The component library makes style elements as components appear: only those that carry this page's nonce count.
    const nonce = random.bytes(NONCE_BYTES).toString('base64');
    return reply
      .type('text/html; charset=utf-8')
      .header('cache-control', 'no-cache')
      .header('content-security-policy', contentPolicy(`'self' 'nonce-${nonce}'`))
      .send(index.replace(NONCE_PLACE, nonce));
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
