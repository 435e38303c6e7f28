import type { Logger } from '@rocketmq-ts/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { failureOf } from './failure.ts';

/** Answers what was thrown while a request was read or handled; defects are logged. */
export function answerFailure(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  logger: Logger,
): FastifyReply {
  const failure = failureOf(error, request.id);
  if (failure.isDefect) {
    const fields = { request: request.id, method: request.method, url: request.url, error };
    logger.error('A request to the console failed', fields);
  }
  return reply.code(failure.status).header('cache-control', 'no-store').send(failure.body);
}
