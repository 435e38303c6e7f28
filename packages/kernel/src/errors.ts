/** What every error of this project has. Rooms declare their own literal union of codes as `Code`. */
export class CodedError<Code extends string = string> extends Error {
  readonly code: Code;
  /** True when the same call may succeed later or elsewhere. Unknown errors are not retryable. */
  readonly retryable: boolean;
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(code: Code, message: string, options: CodedErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.facts = options.facts ?? {};
  }
}

export interface CodedErrorOptions {
  readonly retryable?: boolean;
  readonly facts?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** Stops the process before it can acknowledge anything on a broken assumption. */
export function invariant(condition: boolean, sentence: string): asserts condition {
  if (!condition) throw new CodedError('INVARIANT_BROKEN', sentence);
}

/** The system's error code (`ENOSPC`, `ECONNREFUSED`, …) of anything thrown, or undefined. */
export function systemErrorCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}

export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
