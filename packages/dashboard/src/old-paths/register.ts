import { AdminError } from '@rocketmq-ts/admin';
import type { Clock, Logger } from '@rocketmq-ts/kernel';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AlertRules } from '../alerts/rules.ts';
import type { BrokerFailure } from '../api/index.ts';
import type { ClusterRegistry } from '../clusters/registry.ts';
import { ConsoleError } from '../errors.ts';
import { Download } from '../http/download.ts';
import { failureOf } from '../http/failure.ts';
import type { ProxyList } from '../proxies/proxy-list.ts';
import { SESSION_COOKIE, type SessionGate } from '../session/session-gate.ts';
import { aclPaths } from './acl-paths.ts';
import { ClusterChoice } from './cluster-choice.ts';
import { clusterPaths } from './cluster-paths.ts';
import { consumerPaths } from './consumer-paths.ts';
import { deadLetterPaths } from './dead-letter-paths.ts';
import { type OldEndpoint, Plain } from './endpoint.ts';
import { historyPaths } from './history-paths.ts';
import { loginPaths } from './login-paths.ts';
import { messagePaths } from './message-paths.ts';
import { monitorPaths } from './monitor-paths.ts';
import { opsPaths } from './ops-paths.ts';
import { producerPaths } from './producer-paths.ts';
import { topicPaths } from './topic-paths.ts';
import { tracePaths } from './trace-paths.ts';
import { OldPathError, Values } from './values.ts';

/** What the end-points of Apache's dashboard work with. */
export interface OldPathsOptions {
  readonly registry: ClusterRegistry;
  readonly gate: SessionGate;
  readonly clock: Clock;
  readonly rules: AlertRules;
  readonly logger: Logger;
  readonly contextPath: string;
  readonly traceTopic: string | undefined;
  readonly useTls: boolean;
  readonly proxies: ProxyList;
}

/**
 * Serves the end-points of Apache's dashboard, for scripts: envelope, names and status 200 as there. Only `/test/runTask.do`, which sends
 * messages without end, is not there. Source: GlobalRestfulResponseBodyAdvice, GlobalExceptionHandler.
 */
export async function serveOldPaths(app: FastifyInstance, options: OldPathsOptions): Promise<void> {
  const { registry, gate } = options;
  const choice = new ClusterChoice(registry, SESSION_COOKIE);
  const endpoints: readonly OldEndpoint[] = [
    ...opsPaths({ registry, choice, useTls: options.useTls, proxies: options.proxies }),
    ...clusterPaths,
    ...loginPaths(gate, options.contextPath === '' ? '/' : options.contextPath),
    ...historyPaths,
    ...topicPaths,
    ...consumerPaths(),
    ...producerPaths,
    ...messagePaths(),
    ...tracePaths(options.traceTopic),
    ...deadLetterPaths,
    ...aclPaths,
    ...monitorPaths(options.rules),
  ];
  await app.register(async (scope) => {
    takeAllBodies(scope);
    scope.setErrorHandler((error, request, reply) => sendFailure(options, error, request, reply));
    for (const endpoint of endpoints) {
      scope.route({
        method: endpoint.method ?? ['GET', 'POST'],
        url: endpoint.path,
        handler: (request, reply) => serve(options, choice, endpoint, request, reply),
      });
    }
  });
}

/** Scripts send forms, JSON with or without its content type, and nothing under the name of JSON. */
function takeAllBodies(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, text, done) => {
    done(null, formOf(text as string));
  });
  scope.addContentTypeParser('*', { parseAs: 'string' }, (_request, text, done) => {
    if ((text as string).trim() === '') return done(null, undefined);
    try {
      done(null, JSON.parse(text as string));
    } catch (error) {
      // `curl -d` sends a form without saying what it is.
      done(new OldPathError(`The body is not JSON: ${(error as Error).message}`));
    }
  });
}

function formOf(text: string): object {
  // `curl -d '{…}'` calls JSON a form.
  if (/^\s*[[{]/.test(text)) {
    try {
      return JSON.parse(text) as object;
    } catch {
      // It is a form after all.
    }
  }
  return Object.fromEntries(new URLSearchParams(text));
}

async function serve(
  options: OldPathsOptions,
  choice: ClusterChoice,
  endpoint: OldEndpoint,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const { gate, clock } = options;
  gate.admit(request, endpoint.access, endpoint.path);
  const failures: BrokerFailure[] = [];
  const cluster = choice.current(request);
  const data = await endpoint.run({
    ...{ values: Values.of(request.query, request.body), body: request.body },
    ...{ cluster, admin: cluster.admin, clock, request, reply, failures },
  });
  reply.header('cache-control', 'no-store');
  if (data instanceof Plain) {
    reply.header('content-type', data.contentType);
    if (data.fileName !== undefined)
      reply.header('content-disposition', new Download(data.fileName, data.contentType, '').disposition);
    return reply.send(data.content);
  }
  return { status: 0, data: data ?? null, errMsg: null, ...(failures.length === 0 ? {} : { failures }) };
}

function sendFailure(
  options: OldPathsOptions,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const isOurs = error instanceof OldPathError;
  const failure = isOurs ? undefined : failureOf(error, request.id);
  if (failure?.isDefect === true)
    options.logger.error('An old end-point failed', { request: request.id, path: request.routeOptions.url, error });
  // `CODE: 17  DESC: …`, by which scripts know what a server refused.
  const isRefusal = error instanceof AdminError && error.responseCode !== undefined;
  const errMsg = isOurs || isRefusal ? error.message : (failure?.body.message ?? String(error));
  return reply.code(statusOf(error)).header('cache-control', 'no-store').send({ status: -1, data: null, errMsg });
}

/** All others are 200, as in Apache's dashboard. */
function statusOf(error: unknown): number {
  if (!(error instanceof ConsoleError)) return 200;
  if (error.code === 'TOO_MANY_ATTEMPTS') return 429;
  return error.code === 'CSRF_REFUSED' ? 403 : 200;
}
