import type { BrokerResult } from '../api/index.ts';
import { reasonOf } from './failure.ts';

interface Target {
  readonly brokerName?: string | undefined;
  readonly address: string;
}

/**
 * Does the same on several servers at the same time, and says for each what became of it. A text that the work resolves to is
 * shown with a success. Never rejects.
 */
export async function onEach<T extends Target>(
  targets: readonly T[],
  work: (target: T) => Promise<unknown>,
): Promise<BrokerResult[]> {
  return await Promise.all(
    targets.map(async (target): Promise<BrokerResult> => {
      const { brokerName, address } = target;
      try {
        const message = await work(target);
        return { brokerName, address, ok: true, ...(typeof message === 'string' ? { message } : {}) };
      } catch (error) {
        return { brokerName, address, ok: false, message: reasonOf(error) };
      }
    }),
  );
}
