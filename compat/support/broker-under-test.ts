import { setTimeout as pause } from 'node:timers/promises';
import { nodePlatform, silentLogger } from '@rocketmq-ts/kernel';
import { decodeKVTable, GET_BROKER_RUNTIME_INFO, ResponseCode } from '@rocketmq-ts/protocol';
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

/** Asks a broker, name server or controller by connections that end with it. */
export async function asked<T>(address: string, ask: (broker: BrokerUnderTest) => Promise<T>): Promise<T> {
  const broker = brokerUnderTest(address);
  try {
    return await ask(broker);
  } finally {
    await broker.stop();
  }
}

/** What `mqadmin brokerStatus` shows; nothing while Apache's broker starts, which answers with an error then. */
export function runtimeFacts(address: string): Promise<ReadonlyMap<string, string>> {
  return asked(address, async (broker) => {
    const { code, body } = await broker.ask(GET_BROKER_RUNTIME_INFO, {});
    return code === ResponseCode.SUCCESS ? decodeKVTable(body) : new Map();
  });
}

/** Where the log of a broker ends. */
export async function logEndOf(address: string): Promise<string | undefined> {
  return (await runtimeFacts(address)).get('commitLogMaxOffset');
}
