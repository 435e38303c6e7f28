/** Cookies of a request by name; of several of one name the first. */
export function readCookies(header: string | undefined): Map<string, string> {
  const cookies = new Map<string, string>();
  for (const part of (header ?? '').split(';')) {
    const equals = part.indexOf('=');
    if (equals < 0) continue;
    const name = part.slice(0, equals).trim();
    if (!cookies.has(name)) cookies.set(name, part.slice(equals + 1).trim());
  }
  return cookies;
}

/** What a browser is to keep. */
export interface CookieToSet {
  readonly name: string;
  /** Letters, digits, `-`, `_`, `.`; empty: the cookie is removed. */
  readonly value: string;
  /** Of the console: `/`, or the base path. */
  readonly path: string;
  /** Only over TLS. */
  readonly isSecure: boolean;
  /** Scripts of the page can read it. */
  readonly isReadable?: boolean;
}

/** A `Set-Cookie` header; no other site makes the browser send the cookie. */
export function cookieHeader({ name, value, path, isSecure, isReadable = false }: CookieToSet): string {
  const parts = [`${name}=${value}`, `Path=${path}`, 'SameSite=Strict'];
  if (!isReadable) parts.push('HttpOnly');
  if (isSecure) parts.push('Secure');
  if (value === '') parts.push('Max-Age=0');
  return parts.join('; ');
}
