import { CodedError, type LogFields, type Logger, type LogLevel } from '@rocketmq-ts/kernel';
import { isThenable } from './user-code.ts';

/** A method of a logger, whatever it takes. */
export type LogMethod = (...data: never[]) => void;

/**
 * What the `logger` option takes: `console`, pino, bunyan, winston, log4js or anything else with these four methods, as it is.
 *
 * | logger | is called as |
 * | --- | --- |
 * | `console` | `warn('[rocketmq] a heartbeat failed (address=…)\n<class, text and stack of the error>')` |
 * | winston, log4js and all others | `warn('[rocketmq] a heartbeat failed', { address, error, errorClass, errorMessage, stack })` |
 * | pino, bunyan | `warn({ address, err, … }, 'a heartbeat failed')` |
 *
 * A method may be missing (`trace`-less loggers, tests): then its lines are dropped.
 */
export interface LoggerLike {
  debug?: LogMethod | undefined;
  info?: LogMethod | undefined;
  warn: LogMethod;
  error: LogMethod;
}

/** What it returns counts no more than what it throws. */
type Write = (level: LogLevel, sentence: string, fields: LogFields | undefined) => unknown;

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

/** Lines of one sentence in a period; more are counted and reported with the first line of the next period. */
const LINES_PER_PERIOD = 20;
const PERIOD_MS = 60_000;
/** Stacks in one line, of causes and of errors that are held together. */
const STACKS = 5;

/** The logger that a client uses: the user's under our port, or the console for warnings and errors. */
export function clientLogger(given: LoggerLike | Logger | undefined, nowMs: () => number): Logger {
  if (given === undefined) return defaultLogger(nowMs);
  if (isPort(given)) return fromPort(given);
  return fieldsFirst(given) ? fromPino(given) : fromConsole(given);
}

/** Our own port, e.g. the kernel's loggers: names are passed on. */
function fromPort(given: Logger): Logger {
  const logger = loggerOf((level, sentence, fields) => given[level](sentence, plainFields(fields)));
  return { ...logger, named: (name) => fromPort(given.named(name)) };
}

/** For loggers that take the sentence first, such as `console`: the fields follow as one object. */
export function fromConsole(logger: LoggerLike): Logger {
  return loggerOf((level, sentence, fields) => {
    if (logger === console) return console[level](consoleText(sentence, fields));
    const text = `[rocketmq] ${sentence}`;
    return fields === undefined ? call(logger, level, text) : call(logger, level, text, plainFields(fields));
  });
}

/**
 * For loggers that take the fields first, such as pino; an error is in `err`, where its serializer looks for it, and what was
 * thrown but is no Error in plain texts.
 */
export function fromPino(logger: LoggerLike): Logger {
  return loggerOf((level, sentence, fields) => {
    const { error, ...others } = fields ?? {};
    return error instanceof Error
      ? call(logger, level, { ...others, err: error }, sentence)
      : call(logger, level, plainFields(fields) ?? {}, sentence);
  });
}

/** Warnings and errors on the console, each with its facts and the stack of its error; at most 20 of one sentence in a minute. */
function defaultLogger(nowMs: () => number): Logger {
  const periods = new Map<string, { startMs: number; lines: number }>();
  return loggerOf((level, sentence, fields) => {
    if (level !== 'warn' && level !== 'error') return;
    let period = periods.get(sentence);
    let omitted = 0;
    if (period === undefined || nowMs() - period.startMs >= PERIOD_MS) {
      omitted = Math.max(0, (period?.lines ?? 0) - LINES_PER_PERIOD);
      period = { startMs: nowMs(), lines: 0 };
      periods.set(sentence, period);
    }
    period.lines++;
    if (period.lines > LINES_PER_PERIOD) return;
    const text = consoleText(sentence, fields);
    console[level](omitted === 0 ? text : `${text}\n(${omitted} more of these lines were left out before.)`);
  });
}

/** `[rocketmq] sentence (name=value, …)`, with the stack of an error on the lines below. */
function consoleText(sentence: string, fields: LogFields | undefined): string {
  const { error, errorClass, errorMessage, stack, ...others } = plainFields(fields) ?? {};
  const facts = Object.entries(others)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`);
  const head = facts.length === 0 ? `[rocketmq] ${sentence}` : `[rocketmq] ${sentence} (${facts.join(', ')})`;
  if (errorClass === undefined) return head;
  const what = `${errorClass}: ${errorMessage}`;
  // The text of our own errors is complete; their stack is inside this library.
  if (typeof stack !== 'string' || error instanceof CodedError) return `${head}\n${what}`;
  return stack.startsWith(String(errorClass)) ? `${head}\n${stack}` : `${head}\n${what}\n${stack}`;
}

/**
 * The fields with what is in an error, in plain texts as well: loggers that write JSON see nothing of an Error. Whatever was
 * thrown counts, also what is no Error.
 */
function plainFields(fields: LogFields | undefined): Readonly<Record<string, unknown>> | undefined {
  if (fields === undefined || !('error' in fields)) return fields;
  const { error, ...others } = fields;
  try {
    if (error instanceof Error) {
      const errorClass = [error.constructor?.name, error.name].find((name) => name && name !== 'Error') ?? 'Error';
      return { ...others, error, errorClass, errorMessage: error.message, stack: stackOf(error) };
    }
    return { ...others, error, errorClass: error === null ? 'null' : typeof error, errorMessage: textOf(error) };
  } catch {
    // Its own getters throw, or it is a revoked proxy: the facts around it must not be lost with it.
    return { ...others, errorClass: typeof error, errorMessage: 'it cannot be read: reading it throws' };
  }
}

/** With the stacks of the causes and of the errors that an AggregateError holds, which often has no text of its own. */
function stackOf(error: Error): string {
  const parts = [error.stack ?? `${error.name}: ${error.message}`];
  if (error instanceof AggregateError) {
    for (const each of error.errors.slice(0, STACKS)) parts.push(`one of them: ${stackOrText(each)}`);
  }
  for (let cause = error.cause; cause instanceof Error && parts.length < STACKS; cause = cause.cause) {
    parts.push(`caused by ${stackOrText(cause)}`);
  }
  return parts.join('\n');
}

function stackOrText(thrown: unknown): string {
  return thrown instanceof Error ? (thrown.stack ?? `${thrown.name}: ${thrown.message}`) : textOf(thrown);
}

function textOf(thrown: unknown): string {
  try {
    return typeof thrown === 'object' && thrown !== null ? JSON.stringify(thrown) : String(thrown);
  } catch {
    // Cyclic, or with a toJSON that throws: only the class can be printed.
    return Object.prototype.toString.call(thrown);
  }
}

function loggerOf(write: Write): Logger {
  const guarded = (level: LogLevel, sentence: string, fields: LogFields | undefined): void => {
    try {
      isThenable(write(level, sentence, fields));
    } catch {
      // A logger that throws must not end the work that it reports on.
    }
  };
  const [debug, info, warn, error] = LEVELS.map(
    (level): Logger['info'] =>
      (sentence, fields) =>
        guarded(level, sentence, fields),
  );
  const logger: Logger = { debug: debug!, info: info!, warn: warn!, error: error!, named: () => logger };
  return logger;
}

function call(logger: LoggerLike, level: LogLevel, ...data: unknown[]): unknown {
  const method = logger[level] as ((...data: unknown[]) => unknown) | undefined;
  return method?.apply(logger, data);
}

function isPort(given: LoggerLike | Logger): given is Logger {
  return typeof (given as Partial<Logger>).named === 'function';
}

/** Pino has `bindings`, bunyan `addStream`; both take the fields first. */
function fieldsFirst(given: LoggerLike): boolean {
  const { bindings, addStream } = given as { readonly bindings?: unknown; readonly addStream?: unknown };
  return typeof bindings === 'function' || typeof addStream === 'function';
}
