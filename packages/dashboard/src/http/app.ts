import type { Logger } from '@rocketmq-ts/kernel';
import fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify';
import { ConsoleError } from '../errors.ts';
import type { TlsFiles } from '../options/settings.ts';
import { answerFailure } from './answer-failure.ts';
import { isPageAddress } from './page-address.ts';

/** A message of 4 MiB in base64, and what is around it. */
const BODY_LIMIT_BYTES = 8 * 1024 * 1024;
/** Names are at most 255 characters, each up to 12 when encoded; keys of messages may be long. */
const MAX_PARAM_LENGTH = 4096;
/** How long the head and body of a request may take to arrive. */
const REQUEST_TIMEOUT_MS = 30_000;
/**
 * A connection on which nothing moves for so long is closed: readers of an export that do not read would hold its messages for
 * ever.
 */
const STALLED_MS = 120_000;

/** What browsers are allowed to do with the pages: nothing is loaded from or sent to another host. */
const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': contentPolicy("'self'"),
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
};

/** The policy with these sources of styles, such as `'self' 'nonce-…'`. */
export function contentPolicy(styles: string): string {
  return `default-src 'self'; style-src ${styles}; img-src 'self' data:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'`;
}

/**
 * Routes are checked by what `src/api` declares, never by JSON schemas. Without compilers of its own fastify loads its usual
 * ones, 100 files that would be in memory for nothing.
 */
const NO_SCHEMAS = { buildValidator: noSchema, buildSerializer: noSchema };

/** What the HTTP server is made from. */
export interface HttpAppOptions {
  readonly logger: Logger;
  readonly basePath: string;
  /** Certificate and key; undefined: plain HTTP. */
  readonly https: TlsFiles | undefined;
  /** Addresses and networks whose `X-Forwarded-…` headers count. */
  readonly trustedProxies: readonly string[];
}

/** The HTTP server without any route. Throws `TLS_FILE_INVALID`. */
export function createHttpApp(options: HttpAppOptions): FastifyInstance {
  let count = 0;
  const { https, trustedProxies } = options;
  const app = makeServer(https, {
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
    logger: false,
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionTimeout: STALLED_MS,
    forceCloseConnections: true,
    genReqId: () => {
      count += 1;
      return `r${count}`;
    },
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    schemaController: { compilersFactory: NO_SCHEMAS },
    frameworkErrors: (error, request, reply) => answerFailure(error, request, reply, options.logger),
    rewriteUrl: (request) => withReadableName(withoutBase(request.url ?? '/', options.basePath)),
  });
  app.addHook('onSend', async (_request, reply) => {
    for (const [name, value] of Object.entries(HEADERS)) if (!reply.hasHeader(name)) reply.header(name, value);
  });
  app.setErrorHandler((error, request, reply) => answerFailure(error, request, reply, options.logger));
  return app;
}

function noSchema(): never {
  throw new Error('a route of the console has a JSON schema: it is declared in src/api instead');
}

type ServerOf = (options: FastifyServerOptions & { readonly https?: TlsFiles }) => FastifyInstance;

function makeServer(https: TlsFiles | undefined, options: FastifyServerOptions): FastifyInstance {
  if (https === undefined) return fastify(options);
  // The two kinds of server differ in their types, and in nothing that is used here.
  const make = fastify as unknown as ServerOf;
  try {
    return make({ ...options, https });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const sentence = `the certificate of server.ssl.… can not be used, or its password is wrong: ${reason}`;
    throw new ConsoleError('TLS_FILE_INVALID', sentence, { cause: error });
  }
}

/**
 * The address of a page whose escapes mean nothing (`%zz`) gets ones that do: the page says what is not there, which a refusal
 * would not.
 */
function withReadableName(url: string): string {
  if (!url.includes('%') || !isPageAddress(url)) return url;
  try {
    decodeURIComponent(url.split('?', 1)[0]!);
    return url;
  } catch {
    return url.replaceAll('%', '%25');
  }
}

/** `/console/api/…` behind a proxy, which may or may not have removed `/console`. `basePath` ends with a slash. */
function withoutBase(url: string, basePath: string): string {
  return basePath !== '/' && url.startsWith(basePath) ? url.slice(basePath.length - 1) : url;
}
