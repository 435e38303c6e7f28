import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Random } from '@rocketmq-ts/kernel';
import type { FastifyRequest } from 'fastify';

/** Names that Apache's dashboard has for them. */
export const CSRF_COOKIE = 'XSRF-TOKEN';
export const CSRF_HEADER_NAME = 'X-XSRF-TOKEN';
export const CSRF_HEADER = CSRF_HEADER_NAME.toLowerCase();

const NONCE_BYTES = 16;

/**
 * Tokens that only pages of this console can read, without keeping any: a random part and its signature together with whom it is for,
 * which is a session, or an address where nobody is logged in.
 */
export class CsrfTokens {
  readonly #secret: Buffer;
  readonly #random: Random;

  constructor(random: Random) {
    this.#secret = random.bytes(32);
    this.#random = random;
  }

  issue(holder: string): string {
    const nonce = this.#random.bytes(NONCE_BYTES).toString('base64url');
    return `${nonce}.${this.#sign(nonce, holder)}`;
  }

  holds(token: string, holder: string): boolean {
    const [nonce = '', signature = ''] = token.split('.', 2);
    const wanted = Buffer.from(this.#sign(nonce, holder));
    const given = Buffer.from(signature);
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  }

  #sign(nonce: string, holder: string): string {
    return createHmac('sha256', this.#secret).update(`${nonce} ${holder}`).digest('base64url');
  }
}

/**
 * Whether a request may be from a page in a browser: those send at least one of these with everything that changes something. A script
 * that was written for Apache's dashboard sends none, and no site can make it send something.
 */
export function isFromBrowser(request: FastifyRequest): boolean {
  const { origin, referer } = request.headers;
  return origin !== undefined || referer !== undefined || request.headers['sec-fetch-site'] !== undefined;
}

/** Whether the page that makes a request is of this console: its own host in `Origin`, and no other site in `Sec-Fetch-Site`. */
export function isSameOrigin(request: FastifyRequest): boolean {
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
  const { origin } = request.headers;
  if (origin === undefined) return true;
  try {
    return new URL(origin).host === new URL(`${request.protocol}://${request.host}`).host;
  } catch {
    return false;
  }
}
