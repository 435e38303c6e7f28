import assert from 'node:assert/strict';
import {
  decodeClusterInfo,
  decodeEpochEntryCache,
  GET_BROKER_CLUSTER_INFO,
  GET_BROKER_EPOCH_CACHE,
} from '@rocketmq-ts/protocol';
import { Cluster, type ClusterLogLine } from '@rocketmq-ts/testkit/cluster';
import { ScriptedController } from './scripted-controller.ts';

export const TOPIC = 'T';

/** Brokers of one name, started by `startGroup`. */
export interface Group {
  readonly cluster: Cluster;
  readonly controller: ScriptedController;
  readonly lines: ClusterLogLine[];
  /** Bodies that were acknowledged. */
  send(count: number, text: string, timeoutMs?: number): Promise<string[]>;
  stop(): Promise<void>;
}

/** A group `broker-a` of so many members under a scripted controller; all are up, the first one is master. */
export async function startGroup(members: number, properties: Record<string, string> = {}, seed = 7): Promise<Group> {
  const lines: ClusterLogLine[] = [];
  const cluster = new Cluster({
    ...{ seed, brokers: 1, slaves: members - 1, onLog: (line) => lines.push(line) },
    brokerProperties: {
      ...{ enableControllerMode: 'true', controllerAddr: ScriptedController.address, brokerId: '-1' },
      ...{ allAckInSyncStateSet: 'true', syncBrokerMetadataPeriod: '1000' },
      ...properties,
    },
    slaveProperties: { brokerRole: 'SLAVE', brokerId: '-1' },
  });
  const controller = new ScriptedController(cluster);
  await cluster.run(controller.start());
  await cluster.start();
  await cluster.advance(5000);
  await cluster.createTopic(TOPIC, 2);
  await cluster.advance(5000);
  return {
    ...{ cluster, controller, lines },
    async send(count, text, timeoutMs = 5000) {
      const producer = await cluster.producer({
        producerGroup: 'p',
        retryTimesWhenSendFailed: 0,
        sendTimeoutMs: timeoutMs,
      });
      const acknowledged: string[] = [];
      for (let i = 0; i < count; i++) {
        try {
          const { sendStatus } = await cluster.run(producer.send({ topic: TOPIC, body: `${text} ${i}` }));
          if (sendStatus === 'SEND_OK') acknowledged.push(`${text} ${i}`);
        } catch {
          // Not acknowledged.
        }
      }
      await cluster.stopClient(producer);
      return acknowledged;
    },
    async stop() {
      await cluster.stop();
      await cluster.run(controller.stop());
    },
  };
}

/** Members of the group at the name server, by id. */
export async function registered({ cluster }: Group): Promise<Record<string, string>> {
  const answer = await cluster.run(cluster.admin.ask(cluster.nameServers[0]!.address, GET_BROKER_CLUSTER_INFO, {}));
  const addresses = decodeClusterInfo(answer!.body).brokerAddrTable.get('broker-a')?.brokerAddrs ?? new Map();
  const names = [...cluster.brokers, ...cluster.slaves].map(({ name, platform }) => [
    platform.network.interfaces().find(({ loopback }) => !loopback)?.address,
    name,
  ]);
  const nameOf = (address: string): string =>
    String(names.find(([host]) => address.startsWith(`${host}:`))?.[1] ?? address);
  return Object.fromEntries([...addresses].map(([id, address]) => [String(id), nameOf(address)]));
}

/** Epochs and end of the log of a member. */
export async function epochsOf({ cluster }: Group, broker: string) {
  const answer = await cluster.run(cluster.admin.ask(`${broker}:10911`, GET_BROKER_EPOCH_CACHE, {}));
  const { epochList, maxOffset, brokerId } = decodeEpochEntryCache(answer!.body);
  return { epochs: epochList.map(({ epoch, startOffset }) => [epoch, startOffset]), maxOffset, brokerId };
}

function logOf({ cluster }: Group, broker: string, bytes: number): Buffer {
  const { disk } = cluster.broker(broker).platform;
  const files = disk.list('/store/commitlog').map(({ name }) => disk.readFile(`/store/commitlog/${name}`)!);
  return Buffer.concat(files).subarray(0, bytes);
}

/**
 * Both logs, byte for byte, and both lists of epochs. Where a master was killed and has started again in its epoch, that begins there
 * for it.
 */
export async function assertSame(
  group: Group,
  one = 'broker-a',
  other = 'broker-a-s1',
  isSameStart = true,
): Promise<void> {
  const [a, b] = [await epochsOf(group, one), await epochsOf(group, other)];
  assert.equal(a.maxOffset, b.maxOffset);
  const compared = ({ epochs }: typeof a) => (isSameStart ? epochs : epochs.map(([epoch]) => epoch));
  assert.deepEqual(compared(a), compared(b));
  assert.ok(logOf(group, one, a.maxOffset).equals(logOf(group, other, a.maxOffset)), 'the logs differ');
}

/** All that the group's master gives to a new consumer; a queue offset twice fails. */
export async function consumed({ cluster }: Group): Promise<string[]> {
  const bodies: string[] = [];
  const places = new Set<string>();
  const consumer = await cluster.consumer(
    { consumerGroup: `c${cluster.clock.monotonicMs()}`, consumeFrom: 'FIRST_OFFSET', topics: { [TOPIC]: '*' } },
    ({ body, queueId, queueOffset }) => {
      const place = `${queueId}:${queueOffset}`;
      assert.ok(!places.has(place), `${place} twice`);
      places.add(place);
      bodies.push(body.toString());
    },
  );
  await cluster.advance(8000);
  await cluster.stopClient(consumer);
  return bodies.sort();
}

/** What was acknowledged is there. */
export function assertAllIn(acknowledged: readonly string[], found: readonly string[]): void {
  for (const body of acknowledged) assert.ok(found.includes(body), `"${body}" was acknowledged and is lost`);
}
