import { CodedError, systemErrorCode } from '@rocketmq-ts/kernel';

/** Why a program ends: one line for the operator, and the exit code. */
interface Failure {
  readonly line: string;
  readonly exitCode: number;
}

/** Errors for which Apache's launchers end with −3. Source: BrokerStartup#createBrokerController. */
const APACHE_MINUS_3 = new Set(['NAMESRV_ADDR_INVALID', 'BROKER_ROLE_INVALID']);

/** What went wrong and what to do about it. Unexpected errors keep their stack. */
export function failureOf(error: unknown): Failure {
  const code = systemErrorCode(error);
  const sentence = code === undefined ? undefined : SENTENCES[code];
  if (sentence !== undefined) return { line: sentence(error as SystemError), exitCode: 1 };
  if (error instanceof CodedError) {
    return { line: oneLine(error.message), exitCode: APACHE_MINUS_3.has(error.code) ? 253 : 1 };
  }
  return { line: error instanceof Error ? (error.stack ?? error.message) : String(error), exitCode: 1 };
}

interface SystemError extends Error {
  readonly path?: string;
  readonly address?: string;
  readonly port?: number;
}

const SENTENCES: Readonly<Record<string, (error: SystemError) => string>> = {
  EADDRINUSE: ({ address, port }) =>
    `Port ${port} on ${address} is in use by another process: stop that one, or set listenPort in the file given with -c`,
  EADDRNOTAVAIL: ({ address }) => `${address} is no address of this machine: set bindAddress in the file given with -c`,
  EACCES: (error) =>
    error.port !== undefined && error.path === undefined
      ? `Port ${error.port} may not be opened by this user: set another listenPort in the file given with -c`
      : `${error.path} can't be used: this user has no permission`,
  EPERM: ({ path }) => `${path} can't be used: the system does not permit it`,
  EROFS: ({ path }) => `${path} can't be written: the file system is read-only`,
  ENOSPC: ({ path }) => `${path ?? 'The disk'} can't be written: no space is left`,
  ENOTDIR: ({ path }) => `${path} can't be made: a part of that path is a file`,
  EEXIST: ({ path }) => `${path} can't be made: there is a file of that name`,
  EISDIR: ({ path }) => `${path} is a directory where a file is needed`,
  EMFILE: ({ path }) => `${path ?? 'A file'} can't be opened: too many files are open; raise the limit (ulimit -n)`,
};

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ');
}
