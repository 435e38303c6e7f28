import type { Clock } from '@rocketmq-ts/kernel';
import { TestingError } from '../errors.ts';
import type { ClusterMessage } from './cluster-message.ts';

const STEP_MS = 5;
/** Messages whose bodies the error names. */
const MOST_SHOWN = 10;

/** Reads until there are `count` messages. Rejects with TestingError `TOO_FEW_MESSAGES` when `timeoutMs` have passed before. */
export async function waitForMessages<M extends ClusterMessage>(
  clock: Clock,
  where: string,
  count: number,
  timeoutMs: number,
  read: () => Promise<readonly M[]>,
): Promise<readonly M[]> {
  const deadline = clock.monotonicMs() + timeoutMs;
  for (;;) {
    const messages = await read();
    if (messages.length >= count) return messages;
    if (clock.monotonicMs() >= deadline) throw tooFew(where, count, timeoutMs, messages);
    await new Promise<void>((resolve) => clock.after(STEP_MS, resolve));
  }
}

function tooFew(where: string, count: number, timeoutMs: number, messages: readonly ClusterMessage[]): TestingError {
  const shown = messages.slice(0, MOST_SHOWN).map((message) => `${message.topic}: ${message.text().slice(0, 40)}`);
  const there = messages.length === 0 ? 'none' : `${messages.length} (${shown.join(', ')})`;
  const text = `${count} messages were expected ${where} within ${timeoutMs} ms, and there are ${there}.`;
  return new TestingError('TOO_FEW_MESSAGES', text, { facts: { messages } });
}
