import { AdminError, ResponseCode } from '@rocketmq-ts/admin';
import type { ErrorBody } from '../api/index.ts';
import { FieldError } from '../api/index.ts';
import { ConsoleError, type ConsoleErrorCode } from '../errors.ts';

/** A failed request as it is answered. */
export interface Failure {
  readonly status: number;
  readonly body: ErrorBody;
  /** The console itself is at fault: to be logged with its stack. */
  readonly isDefect: boolean;
}

const STATUS: Readonly<Record<ConsoleErrorCode, number>> = {
  BAD_REQUEST: 400,
  NOT_LOGGED_IN: 401,
  FORBIDDEN: 403,
  CSRF_REFUSED: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  TOO_LARGE: 413,
  CLUSTER_REFUSED: 422,
  TOO_MANY_ATTEMPTS: 429,
  TLS_FILE_INVALID: 500,
  INTERNAL: 500,
  PAGES_NOT_BUILT: 503,
  CLUSTER_UNREACHABLE: 504,
  NOT_SAVED: 507,
};

/** What anything thrown by a handler is answered with. */
export function failureOf(error: unknown, requestId: string): Failure {
  const of = (code: ConsoleErrorCode, message: string, responseCode?: number): Failure => ({
    status: STATUS[code],
    body: { code, message, requestId, ...(responseCode === undefined ? {} : { responseCode }) },
    isDefect: code === 'INTERNAL',
  });
  if (error instanceof ConsoleError) {
    const failure = of(error.code, error.message);
    return error.brokers === undefined ? failure : { ...failure, body: { ...failure.body, brokers: error.brokers } };
  }
  if (error instanceof FieldError) return of('BAD_REQUEST', error.message);
  if (error instanceof AdminError) return ofAdmin(error, of);
  const { statusCode, code, message } = (error ?? {}) as { statusCode?: number; code?: string; message?: string };
  if (statusCode === 413) return of('TOO_LARGE', 'the body is larger than the console takes');
  if (statusCode === 404) return of('NOT_FOUND', message ?? 'there is nothing of that name');
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500 && code?.startsWith('FST_') === true)
    return of('BAD_REQUEST', message ?? 'the request could not be read');
  return of('INTERNAL', `a defect of the console; its log has the request ${requestId}`);
}

/** Names that a server does not know are its way of saying 404. */
const UNKNOWN_NAMES: readonly number[] = [
  ResponseCode.TOPIC_NOT_EXIST,
  ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST,
  ResponseCode.QUERY_NOT_FOUND,
];

function ofAdmin(
  error: AdminError,
  of: (code: ConsoleErrorCode, message: string, responseCode?: number) => Failure,
): Failure {
  const { responseCode } = error;
  if (error.code === 'BAD_ARGUMENT') return of('BAD_REQUEST', error.remark, responseCode);
  if (error.code === 'UNREACHABLE' || error.code === 'NO_NAME_SERVER')
    return of('CLUSTER_UNREACHABLE', error.message, responseCode);
  if (error.code === 'NO_BROKER' || error.code === 'NOT_ONLINE') return of('NOT_FOUND', error.remark, responseCode);
  if (responseCode !== undefined && UNKNOWN_NAMES.includes(responseCode))
    return of('NOT_FOUND', error.remark, responseCode);
  const where = error.address === undefined ? '' : ` (${error.address})`;
  return of('CLUSTER_REFUSED', `${error.remark}${where}`, responseCode);
}

/** One sentence on why a server gave no answer, for tables. */
export function reasonOf(error: unknown): string {
  if (error instanceof AdminError) return error.remark;
  return error instanceof Error ? error.message : String(error);
}
