import { type Connection, nodePlatform, parseEndpoint, sleep } from '@rocketmq-ts/kernel';
import { encodeFrame, PULL_MESSAGE, PullSysFlag } from '@rocketmq-ts/protocol';
import type { SeededRandom } from '@rocketmq-ts/testing/simulated';
import type { OurServer } from '../processes.ts';
import type { LoadContext } from './load.ts';

const CONNECTIONS = 40;
/** As much as one read of a socket may bring. */
const REQUEST_BYTES = 65_000;
const STEP_MS = 50;
/** A broker under this load stays far below; without bounds it needs some MiB for each of these connections' requests. */
const MAX_BROKER_MIB = 600;

/**
 * Peers that ask for the messages of all queues over and over and read none of the answers, until the load ends: the others
 * must not notice. Returns when their connections are closed.
 */
export async function askUnread(context: LoadContext, queues: number, random: SeededRandom): Promise<void> {
  const endpoint = parseEndpoint(context.address);
  if (endpoint === undefined) throw new Error(`${context.address} is no address`);
  const connections: Connection[] = [];
  for (let i = 0; i < CONNECTIONS && context.running; i++) {
    try {
      const connection = await nodePlatform.network.connect({ ...endpoint, timeoutMs: 1000 });
      connection.setHandlers({ onData: () => {}, onDrain: () => {}, onClose: () => {} });
      connection.pauseReading();
      connection.write(pulls(context.topic, queues, random));
      connections.push(connection);
    } catch {
      // The broker was killed.
      break;
    }
  }
  while (context.running) await sleep(nodePlatform.clock, STEP_MS);
  for (const connection of connections) connection.destroy();
}

function pulls(topic: string, queues: number, random: SeededRandom): Buffer {
  const frames: Buffer[] = [];
  for (let opaque = 1, bytes = 0; bytes < REQUEST_BYTES; opaque++) {
    const extFields = {
      consumerGroup: 'Unread',
      topic,
      queueId: String(random.below(queues)),
      queueOffset: String(random.below(2000)),
      maxMsgNums: '32',
      sysFlag: String(PullSysFlag.SUBSCRIPTION | (random.chance(0.5) ? PullSysFlag.SUSPEND : 0)),
      commitOffset: '0',
      suspendTimeoutMillis: '15000',
      subscription: '*',
      subVersion: '0',
      expressionType: 'TAG',
    };
    const frame = encodeFrame({ code: PULL_MESSAGE.code, opaque, extFields });
    frames.push(frame);
    bytes += frame.length;
  }
  return Buffer.concat(frames);
}

/** What is wrong with the memory of a broker that serves such peers, undefined when nothing is, or it has ended. */
export function memoryViolation(broker: OurServer): string | undefined {
  const status = nodePlatform.disk.readFile(`/proc/${broker.pid}/status`)?.toString() ?? '';
  const mib = Number(/^RssAnon:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024;
  return mib <= MAX_BROKER_MIB ? undefined : `the broker has ${Math.round(mib)} MiB of memory while peers do not read`;
}
