import type { Clock } from '@rocketmq-ts/kernel';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { BrokerResult, ErrorBody } from '../api/index.ts';
import type { AuditLog } from './audit-log.ts';

/** What a handler found out that its answer does not show. */
const outcomes = new WeakMap<FastifyRequest, Outcome>();

interface Outcome {
  userName?: string | undefined;
  address?: string | undefined;
  brokers: readonly BrokerResult[];
  message?: string | undefined;
}

/** Called by the gate for every request that may change something: its end will be in the audit log. */
export function audit(
  request: FastifyRequest,
  who: { readonly userName: string | undefined; readonly address: string },
): void {
  outcomes.set(request, { ...who, brokers: [] });
}

/** For handlers whose answer does not have the results as a list of `BrokerResult`. */
export function auditResults(request: FastifyRequest, brokers: readonly BrokerResult[], message?: string): void {
  const outcome = outcomes.get(request);
  if (outcome === undefined) return;
  outcome.brokers = brokers;
  if (message !== undefined) outcome.message = message;
}

/** Writes a line for each audited request when it is answered. */
export function recordChanges(app: FastifyInstance, log: AuditLog, clock: Clock): void {
  app.addHook('preSerialization', async (request, reply, payload) => {
    const outcome = outcomes.get(request);
    if (outcome !== undefined) readOutcome(outcome, payload, reply.statusCode);
    return payload;
  });
  app.addHook('onResponse', async (request, reply) => {
    const outcome = outcomes.get(request);
    if (outcome === undefined) return;
    const { brokers, message } = outcome;
    const params = (request.params ?? {}) as Readonly<Record<string, unknown>>;
    log.add({
      atMs: clock.now(),
      userName: outcome.userName,
      address: outcome.address ?? '',
      action: `${request.method} ${(request.routeOptions.url ?? request.url).replace(/^\/api\/v1/, '')}`,
      cluster: typeof params.cluster === 'string' ? params.cluster : undefined,
      details: detailsOf(request, params),
      ok: reply.statusCode < 400 && message === undefined && brokers.every(({ ok }) => ok),
      message: message ?? brokers.find(({ ok }) => !ok)?.message,
      brokers: brokers.slice(0, MAX_BROKERS),
    });
  });
}

/** Results of brokers in an answer: the answer itself, or one of its fields. */
function readOutcome(outcome: Outcome, payload: unknown, statusCode: number): void {
  if (typeof payload !== 'object' || payload === null) return;
  const { errMsg, status } = payload as { errMsg?: unknown; status?: unknown };
  if (status === -1 && typeof errMsg === 'string') {
    outcome.message ??= errMsg;
    return;
  }
  if (statusCode >= 400) {
    const { message, brokers } = payload as Partial<ErrorBody>;
    outcome.message ??= message;
    if (brokers !== undefined) outcome.brokers = brokers.map((each) => ({ ...each, ok: false }));
    return;
  }
  for (const list of [payload, ...Object.values(payload)]) {
    if (Array.isArray(list) && list.length > 0 && list.every(isResult)) outcome.brokers = list.map(plainResult);
  }
}

function isResult(value: unknown): value is BrokerResult {
  const { address, ok } = (value ?? {}) as Partial<BrokerResult>;
  return typeof address === 'string' && typeof ok === 'boolean';
}

function plainResult({ brokerName, address, ok, message }: BrokerResult): BrokerResult {
  return { brokerName, address, ok, message };
}

const SECRET = /password|secret|token|credential/i;
const BODY = /^(?:body|messageBody|content)$/;
const MAX_TEXT = 500;
const MAX_NAMES = 50;
const MAX_BROKERS = 200;

function detailsOf(request: FastifyRequest, params: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { cluster: _, ...names } = params;
  const query = (request.query ?? {}) as Readonly<Record<string, unknown>>;
  const body = Array.isArray(request.body) ? { entries: request.body } : (request.body as object | undefined);
  return readable({ ...names, ...query, ...body }, 3) as Record<string, unknown>;
}

/** Short enough for a line, without what must not be in a log. */
function readable(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return value.length > MAX_TEXT ? `${value.slice(0, MAX_TEXT)}…` : value;
  if (typeof value !== 'object' || value === null) return value;
  if (depth === 0) return '…';
  if (Array.isArray(value)) {
    const shown = value.slice(0, MAX_NAMES).map((each) => readable(each, depth - 1));
    return value.length > MAX_NAMES ? [...shown, `… ${value.length - MAX_NAMES} more`] : shown;
  }
  const entries = Object.entries(value).slice(0, MAX_NAMES);
  return Object.fromEntries(
    entries.map(([name, each]) => {
      if (SECRET.test(name)) return [name, '***'];
      if (BODY.test(name) && typeof each === 'string') return [name, `${each.length} characters`];
      return [name, readable(each, depth - 1)];
    }),
  );
}
