import { type ClientOptions, clientLogger, type Logger, type ProducerOptions } from '@rocketmq-ts/client';
import { editDistance, nodePlatform, type Platform } from '@rocketmq-ts/kernel';
import { type DatabaseOptions, requireDatabase } from './database/database-options.ts';
import { SenderError } from './errors.ts';

/** What a sender takes beside the options of the producer that it sends with (`sendTimeoutMs` 3000, `retryTimesWhenSendFailed` 2, …). */
export interface MqMessageSenderOptions extends ProducerOptions {
  /** Where messages are saved: options, or `sqlite:<file>`, `postgres://…`, `mysql://…`. */
  readonly database: DatabaseOptions | string;
  /**
   * Messages of one topic and key are sent to one queue, one after the other, and a later one never overtakes an earlier one
   * that is saved. False, and always for messages without keys: any queue, with retries on other brokers, and no order. Default true.
   */
  readonly orderByKey?: boolean | undefined;
  /** Time for saving one message, then it is lost: `MessageLostError`. Default 5000. */
  readonly saveTimeoutMs?: number | undefined;
  /** Messages in the database, of all processes; one more is not saved. Default 1 000 000. */
  readonly maxSavedMessages?: number | undefined;
  /** Calls of `sendMsg` at a time; one more is refused with `TOO_MANY_SENDS`. Default 10 000. */
  readonly maxPendingSends?: number | undefined;
  /** Whether this process sends what is saved, its own messages and those of others. Default true. */
  readonly resend?: boolean | undefined;
  /** How often saved messages are looked for. Default 500. */
  readonly resendIntervalMs?: number | undefined;
  /** Longest pause between two attempts while they fail; the first is 500, each later one twice as long. Default 5000. */
  readonly resendMaxPauseMs?: number | undefined;
  /** Topics and keys whose saved messages are sent at the same time. Default 16. */
  readonly resendConcurrency?: number | undefined;
  /**
   * A process that has shown no sign of life for so long has ended: others send what it had claimed. At least 3 ×
   * `sendTimeoutMs`. Default 15 000.
   */
  readonly leaseMs?: number | undefined;
}

/** One option: its default and its range. */
interface IntegerOption {
  readonly fallback: number;
  readonly least: number;
  readonly most: number;
}

const integer = (fallback: number, least: number, most: number): IntegerOption => ({ fallback, least, most });

const INTEGERS = {
  saveTimeoutMs: integer(5000, 1, 600_000),
  maxSavedMessages: integer(1_000_000, 1, 1_000_000_000),
  maxPendingSends: integer(10_000, 1, 10_000_000),
  resendIntervalMs: integer(500, 10, 600_000),
  resendMaxPauseMs: integer(5000, 10, 3_600_000),
  resendConcurrency: integer(16, 1, 256),
  leaseMs: integer(15_000, 300, 3_600_000),
} as const satisfies Partial<Record<keyof MqMessageSenderOptions, IntegerOption>>;

const OWN: readonly string[] = ['database', 'orderByKey', 'resend', ...Object.keys(INTEGERS)];
/** Letters that a typo may have wrong. */
const TYPO_DISTANCE = 2;
const DEFAULT_SEND_TIMEOUT_MS = 3000;

export type SenderSettings = Readonly<Record<keyof typeof INTEGERS, number>> & {
  readonly database: DatabaseOptions;
  readonly orderByKey: boolean;
  readonly resend: boolean;
  /** Longest time of one send. */
  readonly sendTimeoutMs: number;
  readonly platform: Platform;
  readonly logger: Logger;
  readonly producer: ProducerOptions;
};

/** Fills in defaults. Throws SenderError `OPTION_ILLEGAL`; options of the producer are checked by it. */
export function resolveSenderOptions(options: MqMessageSenderOptions): SenderSettings {
  refuseTypos(options);
  const given = options as unknown as Readonly<Record<string, unknown>>;
  const integers = Object.fromEntries(
    Object.entries(INTEGERS).map(([name, range]) => [name, inRange(name, given, range)]),
  );
  const flags = { orderByKey: flag(given, 'orderByKey'), resend: flag(given, 'resend') };
  const sendTimeoutMs = options.sendTimeoutMs ?? DEFAULT_SEND_TIMEOUT_MS;
  if (integers.leaseMs! < 3 * sendTimeoutMs) {
    const text = `The option leaseMs is ${integers.leaseMs}, less than 3 × the ${sendTimeoutMs} ms of a send.`;
    throw new SenderError('OPTION_ILLEGAL', text);
  }
  const others = Object.entries(options).filter(([name]) => !OWN.includes(name));
  return {
    ...(integers as Record<keyof typeof INTEGERS, number>),
    ...flags,
    ...surroundings(options),
    database: requireDatabase(options.database),
    sendTimeoutMs,
    producer: Object.fromEntries(others) as unknown as ProducerOptions,
  };
}

/** Platform and logger of a client's options. */
export function surroundings({ platform = nodePlatform, logger }: Pick<ClientOptions, 'platform' | 'logger'>): {
  readonly platform: Platform;
  readonly logger: Logger;
} {
  return { platform, logger: clientLogger(logger, () => platform.clock.monotonicMs()).named('MqMessageSender') };
}

/** A name that is nearly one of ours is meant to be it. */
function refuseTypos(options: MqMessageSenderOptions): void {
  for (const name of Object.keys(options)) {
    if (OWN.includes(name)) continue;
    const near = OWN.find((own) => editDistance(name.toLowerCase(), own.toLowerCase(), TYPO_DISTANCE) <= TYPO_DISTANCE);
    if (near === undefined) continue;
    throw new SenderError('OPTION_ILLEGAL', `There is no option ${JSON.stringify(name)}; ${near} is meant.`);
  }
}

function inRange(name: string, given: Readonly<Record<string, unknown>>, range: IntegerOption): number {
  const value = given[name] ?? range.fallback;
  if (Number.isInteger(value) && (value as number) >= range.least && (value as number) <= range.most)
    return value as number;
  const text = `The option ${name} is ${String(value)}, but must be a whole number between ${range.least} and ${range.most}.`;
  throw new SenderError('OPTION_ILLEGAL', text);
}

function flag(given: Readonly<Record<string, unknown>>, name: string): boolean {
  const value = given[name] ?? true;
  if (typeof value === 'boolean') return value;
  throw new SenderError('OPTION_ILLEGAL', `The option ${name} is ${String(value)}, but must be true or false.`);
}
