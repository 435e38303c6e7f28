import type { Field, Fields, ValuesOf } from './field.ts';

/** Who may call a route: everyone; who may look; who may change something. */
export type Access = 'open' | 'read' | 'write';
export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** What the type of an answer is carried by; nothing is there at run time. */
export interface Answer<Value> {
  readonly type?: Value;
}

/** Declares the type of an answer. */
export function answer<Value>(): Answer<Value> {
  return {};
}

/** One entry of the API, used by the server and by the pages. */
export interface Route<
  Path extends string = string,
  Query extends Fields = Fields,
  Body extends Fields | undefined = Fields | undefined,
  Value = unknown,
> {
  readonly method: Method;
  /** Below `API_ROOT`; `:name` is a parameter. */
  readonly path: Path;
  readonly access: Access;
  readonly query: Query;
  readonly body: Body;
  readonly answer: Answer<Value>;
}

/** Routes by the name of what they do. */
export type Routes = Readonly<Record<string, Route>>;

/** Where all routes are. */
export const API_ROOT = '/api/v1';

interface RouteDetails<Query extends Fields, Body extends Fields | undefined, Value> {
  /** Default `read`. */
  readonly access?: Access;
  readonly query?: Query;
  readonly body?: Body;
  readonly answer: Answer<Value>;
}

/** Declares a route. Everything else about it follows from this one place: types, check of what is asked, address. */
export function route<
  const Path extends string,
  Value,
  const Query extends Fields = Record<never, Field<unknown>>,
  const Body extends Fields | undefined = undefined,
>(method: Method, path: Path, details: RouteDetails<Query, Body, Value>): Route<Path, Query, Body, Value> {
  const { access = 'read', query = {} as Query, body, answer } = details;
  return { method, path, access, query, body: body as Body, answer };
}

/** Names a change among those that a user may make: method and path. */
export type WriteName = string;

/** The name of a route that changes something. */
export function writeName({ method, path }: Route): WriteName {
  return `${method} ${path}`;
}

type NamesIn<Path extends string> = Path extends `${infer Segment}/${infer Rest}`
  ? NameOf<Segment> | NamesIn<Rest>
  : NameOf<Path>;
type NameOf<Segment extends string> = Segment extends `:${infer Name}` ? Name : never;

/** Parameters in the path of a route; empty for one without. */
export type ParamsOf<R extends Route> =
  R extends Route<infer Path> ? { readonly [Name in NamesIn<Path>]: string } : never;
/** What may be asked behind `?`. */
export type QueryOf<R extends Route> = ValuesOf<R['query']>;
/** What is sent with it; undefined for a route without a body. */
export type BodyOf<R extends Route> = R['body'] extends Fields ? ValuesOf<R['body']> : undefined;
/** What is answered. */
export type AnswerOf<R extends Route> = R extends { readonly answer: Answer<infer Value> } ? Value : never;

/** Address of a route with its parameters, each encoded whole: names with `%`, `/` and `|` are safe. */
export function routePath(route: Route, params: Readonly<Record<string, string>>): string {
  const path = route.path.replace(/:(\w+)/g, (_, name: string) => {
    const value = params[name];
    if (value === undefined) throw new RangeError(`${route.path} needs ${name}`);
    return encodeURIComponent(value);
  });
  return API_ROOT + path;
}
