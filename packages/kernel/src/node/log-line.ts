import { systemErrorCode } from '../errors.ts';
import { formatLocalTime } from '../local-time.ts';
import type { LogFields, LogLevel } from '../log.ts';

const LEVEL_WORDS: Readonly<Record<LogLevel, string>> = { debug: 'DEBUG', info: 'INFO', warn: 'WARN', error: 'ERROR' };

/** The longest text of one field; a longer one is cut, so that no peer can fill the log with one line. */
const MAX_VALUE_CHARS = 2000;

/**
 * `2026-01-31 23:59:59,007 INFO store - file created path=/x/y sizeBytes=1024`, in local time, ending with a line feed. An
 * error field is its message and code; at level error its stack follows on lines of its own, unless the system refused a call.
 */
export function formatLogLine(
  epochMs: number,
  level: LogLevel,
  name: string,
  sentence: string,
  fields: LogFields | undefined,
): string {
  let line = `${formatLocalTime(epochMs, 'yyyy-MM-dd HH:mm:ss,SSS')} ${LEVEL_WORDS[level]} ${name} - ${sentence}`;
  let stacks = '';
  for (const [key, value] of Object.entries(fields ?? {})) {
    if (value === undefined) continue;
    line += ` ${key}=${formatValue(value)}`;
    if (level === 'error' && value instanceof Error && hasStackToShow(value)) stacks += `${value.stack ?? ''}\n`;
  }
  return `${line}\n${stacks}`;
}

/**
 * `{"time":"2026-01-31T23:59:59.007Z","level":"INFO","logger":"store","message":"file created","path":"/x/y"}`, ending with a line feed: one
 * object a line, also with a stack. Names of fields that the line has itself get a `_` before them.
 */
export function formatJsonLine(
  epochMs: number,
  level: LogLevel,
  name: string,
  sentence: string,
  fields: LogFields | undefined,
): string {
  const line: Record<string, unknown> = {
    time: new Date(epochMs).toISOString(),
    level: LEVEL_WORDS[level],
    logger: name,
    message: sentence,
  };
  for (const [key, value] of Object.entries(fields ?? {})) {
    if (value !== undefined) line[Object.hasOwn(line, key) ? `_${key}` : key] = jsonValue(value, level);
  }
  return `${JSON.stringify(line)}\n`;
}

/** A full disk or a refused connection is no defect: where the call was made says nothing, and its path or address is in the message. */
function hasStackToShow(error: Error): boolean {
  return !('syscall' in error) || typeof error.syscall !== 'string';
}

function jsonValue(value: unknown, level: LogLevel): unknown {
  if (value instanceof Error) {
    const stack = level === 'error' && hasStackToShow(value) ? { stack: value.stack } : {};
    return { message: cut(describeError(value)), code: systemErrorCode(value), ...stack };
  }
  if (typeof value === 'string') return cut(value);
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value;
  return typeof value === 'object' ? cut(stringify(value)) : String(value);
}

function formatValue(value: unknown): string {
  if (value instanceof Error) return quoteIfNeeded(describeError(value));
  if (typeof value === 'string') return quoteIfNeeded(value);
  if (typeof value !== 'object' || value === null) return String(value);
  return cut(stringify(value));
}

/** A line that can't show a value is better than a server that stops over it (a cycle, a getter that throws). */
function stringify(value: object): string {
  try {
    return JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? String(each) : each)) ?? 'undefined';
  } catch {
    return '[unprintable]';
  }
}

function describeError(error: Error): string {
  const code = systemErrorCode(error);
  const own = code === undefined || error.message.includes(code) ? error.message : `${code}: ${error.message}`;
  return error.cause instanceof Error ? `${own}; caused by ${describeError(error.cause)}` : own;
}

function quoteIfNeeded(text: string): string {
  const short = cut(text);
  return /^[^\s"=\p{Cc}]+$/u.test(short) ? short : JSON.stringify(short);
}

function cut(text: string): string {
  return text.length <= MAX_VALUE_CHARS ? text : `${text.slice(0, MAX_VALUE_CHARS)}…`;
}
