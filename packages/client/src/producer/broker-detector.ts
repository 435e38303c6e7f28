import { GET_MAX_OFFSET } from '@rocketmq-ts/protocol';
import type { ClientInstance } from '../instance/client-instance.ts';
import { runPeriodically } from '../instance/periodic.ts';
import type { MessageSender } from './message-sender.ts';

const PERIOD_MS = 3000;
const TIMEOUT_MS = 200;

/**
 * Probes brokers that a send could not reach, every 3 s, so that they are used again once they answer; one without an
 * address is forgotten. Returns the function that ends it. Source: LatencyFaultToleranceImpl#detectByOneRound.
 */
export function startDetector(instance: ClientInstance, sender: MessageSender): () => void {
  const probe = async (brokerName: string): Promise<void> => {
    const address = instance.routes.masterAddress(brokerName);
    const topic = sender.topics()[0];
    if (address === undefined) return sender.faults.forget(brokerName);
    if (topic === undefined) return;
    await instance.remoting.request(address, GET_MAX_OFFSET, { topic, queueId: 0 }, { timeoutMs: TIMEOUT_MS });
    // Any answer counts, also an error code: the broker is there.
    sender.faults.markReachable(brokerName);
  };
  const timer = runPeriodically(
    instance.clock,
    instance.logger,
    { what: 'probing brokers', firstMs: PERIOD_MS, periodMs: PERIOD_MS },
    async () => {
      await Promise.allSettled(sender.faults.unreachable().map(probe));
    },
  );
  return () => timer.cancel();
}
