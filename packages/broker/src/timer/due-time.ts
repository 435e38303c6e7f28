import { PropertySlot, type PropertyTable, parseJavaLong } from '@rocketmq-ts/protocol';

const {
  TIMER_DELIVER_MS,
  START_DELIVER_TIME,
  TIMER_DELAY_MS,
  TIMER_DELAY_SEC,
  TIMER_OUT_MS,
  TIMER_ENQUEUE_MS,
  TIMER_ROLL_TIMES,
} = PropertySlot;

/** What the timer properties of a message ask for. */
export interface AskedTime {
  /** The property that counts. */
  readonly name: 'TIMER_DELAY_SEC' | 'TIMER_DELAY_MS' | 'TIMER_DELIVER_MS' | '__STARTDELIVERTIME';
  readonly text: string;
  /** Milliseconds: a delay, or a time of the wall clock; NaN where the text is no whole number of 64 bits. */
  readonly ms: number;
  readonly isDelay: boolean;
}

/**
 * Of several properties one counts. Undefined without any. Apache's broker delivers what has `__STARTDELIVERTIME` alone at once,
 * before the time that its sender asked for. Source: HookUtils#transformTimerMessage.
 */
export function askedTime(properties: PropertyTable): AskedTime | undefined {
  const seconds = properties.value(TIMER_DELAY_SEC);
  if (seconds !== undefined)
    return { name: 'TIMER_DELAY_SEC', text: seconds, ms: numberOf(seconds) * 1000, isDelay: true };
  const delay = properties.value(TIMER_DELAY_MS);
  if (delay !== undefined) return { name: 'TIMER_DELAY_MS', text: delay, ms: numberOf(delay), isDelay: true };
  const time = properties.value(TIMER_DELIVER_MS);
  if (time !== undefined) return { name: 'TIMER_DELIVER_MS', text: time, ms: numberOf(time), isDelay: false };
  const start = properties.value(START_DELIVER_TIME);
  if (start === undefined) return undefined;
  return { name: '__STARTDELIVERTIME', text: start, ms: numberOf(start), isDelay: false };
}

function numberOf(text: string): number {
  return Number(parseJavaLong(text) ?? Number.NaN);
}

/** When a stored message is due. */
export interface DueTime {
  /** By the wall clock. */
  readonly wallMs: number;
  /** It asked for a delay, and so has to wait from when it was stored. */
  readonly isDelay: boolean;
}

/**
 * When a message in the queue of timers is due, to the millisecond; undefined where its TIMER_OUT_MS is no time. Apache's broker
 * keeps the begin of the slot only, and delivers at its end: the due time lies between the two, or is the end where it is not
 * known, as for one that was stored again.
 */
export function dueTime(properties: PropertyTable, storeTimestamp: number, precisionMs: number): DueTime | undefined {
  const outMs = numberOf(properties.value(TIMER_OUT_MS) ?? '');
  if (!Number.isSafeInteger(outMs) || outMs < 0) return undefined;
  const asked = askedTime(properties);
  const latestMs = outMs + precisionMs;
  const isDelay = asked?.isDelay ?? false;
  if (asked === undefined) return { wallMs: latestMs, isDelay };
  // One that was stored again has from when its delay counts in another property.
  const isRolled = isDelay && properties.has(TIMER_ROLL_TIMES);
  const fromMs = isRolled ? numberOf(properties.value(TIMER_ENQUEUE_MS) ?? '') : storeTimestamp;
  const exactMs = isDelay ? fromMs + asked.ms : asked.ms;
  return { wallMs: exactMs > outMs && exactMs <= latestMs ? exactMs : latestMs, isDelay };
}
