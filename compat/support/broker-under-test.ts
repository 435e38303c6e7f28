import { setTimeout as pause } from 'node:timers/promises';
import { nodePlatform, silentLogger } from '@rocketmq-ts/kernel';
import { createRemotingClient, type RemotingClient } from '@rocketmq-ts/remoting';
import type { BrokerUnderTest } from '@rocketmq-ts/testkit/scenarios';

const TIMEOUT_MS = 20_000;

/** A real broker of either make, for scenarios; `stop` closes the connections. `serve` adds what the broker may ask. */
export function brokerUnderTest(
  address: string,
  serve: (client: RemotingClient) => void = () => {},
): BrokerUnderTest & { stop(): Promise<void> } {
  const client = createRemotingClient({ platform: nodePlatform, logger: silentLogger });
  serve(client);
  client.start();
  return {
    ask: (command, header, body) =>
      client.request(address, command, header, { timeoutMs: TIMEOUT_MS, ...(body === undefined ? {} : { body }) }),
    pass: (ms) => pause(ms),
    stop: async () => {
      await client.stop();
    },
  };
}
