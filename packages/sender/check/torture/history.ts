import type { DatabaseOptions, MqMessageSenderOptions } from '@rocketmq-ts/sender';

/** What one process of the application does. */
export interface SenderPlan {
  readonly options: MqMessageSenderOptions & { readonly database: DatabaseOptions };
  readonly topic: string;
  readonly keys: readonly string[];
  /** File of its events, a JSON object a line. */
  readonly history: string;
}

/** What a process knew of the message `n` of a key. */
export interface HistoryEvent {
  readonly what: 'begun' | 'sent' | 'saved' | 'committed' | 'lost' | 'refused';
  readonly key: string;
  readonly n: number;
  readonly outboxId?: number;
  readonly uniqueKey?: string;
  readonly error?: string;
}

/** A message as it lies in the broker. */
export interface StoredMessage {
  readonly text: string;
  readonly uniqueKey: string;
  readonly queue: string;
  readonly queueOffset: number;
}

/** The last line of a killed process may be cut. */
export function parseHistory(text: string): HistoryEvent[] {
  return text.split('\n').flatMap((line) => {
    try {
      return line === '' ? [] : [JSON.parse(line) as HistoryEvent];
    } catch {
      return [];
    }
  });
}

/**
 * Holds what the broker has against what the processes were promised: nothing that returned, was saved or was committed is
 * missing; of each key all is in one queue, first copies in order; copies have one unique key, and there are no more of them
 * than crashes explain, each of which interrupts at most one message of each key. Gives what is wrong.
 */
export function violationsOf(
  events: readonly HistoryEvent[],
  stored: readonly StoredMessage[],
  crashes: number,
): readonly string[] {
  const wrong: string[] = [];
  const copies = Map.groupBy(stored, ({ text }) => text);
  const begun = new Set(events.filter(({ what }) => what === 'begun').map(({ key, n }) => `${key} ${n}`));
  for (const text of copies.keys()) if (!begun.has(text)) wrong.push(`${text} was never sent`);
  const promised = events.filter(({ what }) => what === 'sent' || what === 'saved' || what === 'committed');
  for (const { what, key, n, uniqueKey } of promised) {
    const found = copies.get(`${key} ${n}`);
    if (found === undefined) wrong.push(`${key} ${n} was ${what} and is lost`);
    else if (found.some((copy) => copy.uniqueKey !== uniqueKey))
      wrong.push(`a copy of ${key} ${n} is not ${uniqueKey}`);
  }
  const keys = Map.groupBy(promised, ({ key }) => key);
  for (const [key, ofKey] of keys) {
    const all = stored.filter(({ text }) => text.startsWith(`${key} `));
    const queues = new Set(all.map(({ queue }) => queue));
    if (queues.size > 1) wrong.push(`${key} is in the queues ${[...queues].join(', ')}`);
    let last = -1;
    for (const { n } of ofKey.sort((a, b) => a.n - b.n)) {
      const first = Math.min(...(copies.get(`${key} ${n}`) ?? []).map(({ queueOffset }) => queueOffset));
      if (first < last) wrong.push(`${key} ${n} lies at ${first}, before one that was sent earlier at ${last}`);
      if (Number.isFinite(first)) last = first;
    }
  }
  const twice = stored.length - copies.size;
  const most = crashes * keys.size;
  if (twice > most) wrong.push(`${twice} messages more than once, and ${crashes} crashes explain ${most}`);
  return wrong;
}
