import type { Logger } from '@rocketmq-ts/kernel';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  type AnswerOf,
  API_ROOT,
  type BodyOf,
  type Fields,
  type ParamsOf,
  type QueryOf,
  type Route,
  type Routes,
  readFields,
} from '../api/index.ts';
import type { Cluster, ClusterRegistry } from '../clusters/registry.ts';
import { Download } from './download.ts';
import type { Gate, User } from './gate.ts';

/** What a handler gets: everything is checked, and the cluster of the address is found. */
export interface Call<R extends Route> {
  readonly params: ParamsOf<R>;
  readonly query: QueryOf<R>;
  readonly body: BodyOf<R>;
  /** Of `:cluster` in the path; undefined for a route without it. */
  readonly cluster: 'cluster' extends keyof ParamsOf<R> ? Cluster : undefined;
  readonly user: User;
  /** Aborts when the browser does not wait any more. */
  readonly signal: AbortSignal;
  readonly logger: Logger;
  /** For cookies and addresses; everything else of a request is above. */
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

type Result<R extends Route> = AnswerOf<R> | Download;

/** One handler for each route of a table. */
export type Handlers<T extends Routes> = {
  readonly [Name in keyof T]: (call: Call<T[Name]>) => Result<T[Name]> | Promise<Result<T[Name]>>;
};

/** What routes are bound to. */
export interface HttpPlace {
  readonly fastify: FastifyInstance;
  readonly registry: Pick<ClusterRegistry, 'get'>;
  readonly gate: Gate;
  readonly logger: Logger;
}

/** Serves a table of routes. */
export function bind<T extends Routes>(place: HttpPlace, routes: T, handlers: Handlers<T>): void {
  for (const [name, route] of Object.entries(routes)) {
    const handle = handlers[name] as (call: Call<Route>) => unknown;
    place.fastify.route({
      method: route.method,
      url: API_ROOT + route.path,
      handler: (request, reply) => serve(place, route, handle, request, reply),
    });
  }
}

async function serve(
  place: HttpPlace,
  route: Route,
  handle: (call: Call<Route>) => unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const { logger } = place;
  const user = await place.gate.admit(request, route.access);
  const params = request.params as Readonly<Record<string, string>>;
  const body = route.body as Fields | undefined;
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  const call = {
    params,
    query: readFields(route.query, request.query, 'the query'),
    body: body === undefined ? undefined : readFields(body, request.body ?? {}, 'the body'),
    cluster: params.cluster === undefined ? undefined : place.registry.get(params.cluster),
    user,
    signal: gone.signal,
    logger,
    request,
    reply,
  };
  const result = await handle(call as unknown as Call<Route>);
  reply.header('cache-control', 'no-store');
  if (!(result instanceof Download)) return result ?? null;
  reply.header('content-type', result.contentType);
  reply.header('content-disposition', result.disposition);
  return reply.send(result.content);
}
