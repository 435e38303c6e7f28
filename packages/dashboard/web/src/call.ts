import type { AnswerOf, BodyOf, ErrorBody, ParamsOf, QueryOf, Route } from '../../src/api/index.ts';
import { routePath } from '../../src/api/index.ts';

/** An answer of the server with a status of 400 or more, or none at all (`status` 0). */
export class CallError extends Error {
  readonly status: number;
  readonly body: ErrorBody;

  constructor(status: number, body: ErrorBody) {
    super(body.message);
    this.status = status;
    this.body = body;
  }
}

type Never<T> = Readonly<Record<string, never>> extends T ? true : false;

/** What a call of a route takes: only what the route has. */
export type CallInput<R extends Route> = (keyof ParamsOf<R> extends never
  ? { readonly params?: undefined }
  : { readonly params: ParamsOf<R> }) &
  (Never<QueryOf<R>> extends true ? { readonly query?: QueryOf<R> } : { readonly query: QueryOf<R> }) &
  (BodyOf<R> extends undefined ? { readonly body?: undefined } : { readonly body: BodyOf<R> });

/** Headers that every write carries; set after a login. */
const writeHeaders = new Map<string, string>();

/** Sets a header of all calls that change something. */
export function setWriteHeader(name: string, value: string): void {
  writeHeaders.set(name, value);
}

/** The console's own folder: `/`, or the path below which a proxy serves it. */
export const BASE_PATH = new URL(document.baseURI).pathname.replace(/\/$/, '');

/** The address of a call, for links to downloads. */
export function callUrl<R extends Route>(route: R, input: CallInput<R>): string {
  const given = input as { params?: Record<string, string>; query?: Record<string, unknown> };
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(given.query ?? {})) {
    for (const each of Array.isArray(value) ? value : [value])
      if (each !== undefined && each !== null) search.append(name, String(each));
  }
  const query = search.toString();
  return BASE_PATH + routePath(route, given.params ?? {}) + (query === '' ? '' : `?${query}`);
}

/** Calls a route. Rejects with a `CallError`, also when the server can't be reached. */
export async function call<R extends Route>(route: R, input: CallInput<R>, signal?: AbortSignal): Promise<AnswerOf<R>> {
  const body = (input as { body?: unknown }).body;
  const headers: Record<string, string> = { accept: 'application/json' };
  if (route.method !== 'GET') for (const [name, value] of writeHeaders) headers[name] = value;
  if (body !== undefined) headers['content-type'] = 'application/json';
  let response: Response;
  try {
    response = await fetch(callUrl(route, input), {
      method: route.method,
      headers,
      credentials: 'same-origin',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new CallError(0, { code: 'CONSOLE_UNREACHABLE', message: String(error) });
  }
  if (response.ok) return (await response.json()) as AnswerOf<R>;
  throw new CallError(response.status, await errorBody(response));
}

async function errorBody(response: Response): Promise<ErrorBody> {
  try {
    const body = (await response.json()) as Partial<ErrorBody>;
    if (typeof body.code === 'string' && typeof body.message === 'string') return body as ErrorBody;
  } catch {
    // A proxy in between answers with a page of its own.
  }
  return { code: `HTTP_${response.status}`, message: response.statusText || `HTTP ${response.status}` };
}
