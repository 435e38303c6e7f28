import { constants } from 'node:os';

/** One line of a room's table of error codes; docs/errors.md is made from these tables. */
export interface ErrorEntry {
  readonly meaning: string;
  /** Whether the same call may succeed later or elsewhere. */
  readonly retryable: boolean;
  readonly advice: string;
}

/** Why the kernel fails; the system's own codes (`ENOSPC`, `ECONNREFUSED`, …) pass through as they are. */
export type KernelErrorCode = keyof typeof kernelErrors;

/** Code → meaning, whether the same call may succeed later or elsewhere, advice. */
export const kernelErrors = {
  CONFIG_INVALID: {
    meaning: 'Properties have values that they do not take; the message names each, its value and what it takes.',
    retryable: false,
    advice: 'Correct them in the place that the message ends with.',
  },
  EIO: {
    meaning: 'The system took no byte of a write and gave no reason.',
    retryable: false,
    advice: 'Look at the disk that the file lies on.',
  },
  ETIMEDOUT: {
    meaning: 'A connection was not established in time.',
    retryable: true,
    advice: 'Check the address, and that no firewall drops what is sent to it.',
  },
  PROXY_PREFACE_INVALID: {
    meaning: 'A connection began with a PROXY protocol preface that does not hold together; it was closed.',
    retryable: false,
    advice: 'Look at the load balancer that the connection came through.',
  },
  SAVED_FILE_BROKEN: {
    meaning: 'A file that the program saves can not be read, nor any copy of it; going on would forget what it holds.',
    retryable: false,
    advice: 'Put a good copy in its place, or move all copies away to start without what they held.',
  },
  TLS_CLIENT_REFUSED: {
    meaning: 'A client showed no certificate that the server trusts; its connection was closed.',
    retryable: false,
    advice:
      'Give the client a certificate of the authority in `tls.server.trustCertPath`, or lower `tls.server.need.client.auth`.',
  },
  TLS_DISABLED: {
    meaning: 'A client began with TLS on a port that takes plain text only; its connection was closed.',
    retryable: false,
    advice: 'Switch TLS off in the client, or set `-Dtls.server.mode=permissive`.',
  },
  TLS_REQUIRED: {
    meaning: 'A client began with plain text on a port that takes TLS only; its connection was closed.',
    retryable: false,
    advice: 'Switch TLS on in the client, or set `-Dtls.server.mode=permissive`.',
  },
} as const satisfies Record<string, ErrorEntry>;

/** What every error of this project has. Rooms declare their own literal union of codes as `Code`. */
export class CodedError<Code extends string = string> extends Error {
  /** Which failure it is; stable, for programs. */
  readonly code: Code;
  /** True when the same call may succeed later or elsewhere. Unknown errors are not retryable. */
  readonly retryable: boolean;
  /** What was being done, to what: topic, address, limits and the like. */
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(code: Code, message: string, options: CodedErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.facts = options.facts ?? {};
  }
}

/** What an error has beside its code and message. */
export interface CodedErrorOptions {
  readonly retryable?: boolean;
  readonly facts?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/**
 * The system's error code (`ENOSPC`, `ECONNREFUSED`, …) of anything thrown, or undefined. An error of a system call that
 * libuv has no name for (`EDQUOT` for one, whose `code` is then missing or "Unknown system error -122") is named by its
 * number, as this system counts them.
 */
export function systemErrorCode(error: unknown): string | undefined {
  const { code, errno } = (error ?? {}) as { code?: unknown; errno?: unknown };
  const isNamed = typeof code === 'string' && code !== 'UNKNOWN' && !code.startsWith('Unknown system error');
  if (isNamed || typeof errno !== 'number') return typeof code === 'string' ? code : undefined;
  return nameOfErrno(Math.abs(errno)) ?? (typeof code === 'string' ? code : undefined);
}

function nameOfErrno(errno: number): string | undefined {
  for (const [name, number] of Object.entries(constants.errno)) if (number === errno) return name;
  return undefined;
}

/** Anything thrown, as an error. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
