import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Disk, type Logger, nodeClock, nodeDisk } from '@rocketmq-ts/kernel';
import { createMessageStore, storeDefaults } from '@rocketmq-ts/store';
import { recordOf } from '@rocketmq-ts/testkit';

/** What a store is to hold: `messages` in queues of topics `<prefix>00000`, `<prefix>00001`, … */
export interface Plan {
  readonly folder: string;
  readonly topicPrefix: string;
  readonly topics: number;
  readonly queuesOfTopic: number;
  readonly messages: number;
  /** One of so many messages is for queue 0 of the topic `<prefix>large`; 0: none. */
  readonly oneOfToLarge: number;
  /** Default 16. */
  readonly bodyBytes?: number;
  /** Each message has a unique key, a key and a tag, as clients send them. */
  readonly keyed?: boolean;
}

const UNKEYED_MESSAGES = 1_000;
const PUTS_A_TURN = 5_000;
const UNWRITTEN_BYTES = 16 * 1024 * 1024;

const quiet: Logger = {
  named: () => quiet,
  debug: () => {},
  info: () => {},
  warn: (sentence, fields) => console.error(sentence, fields),
  error: (sentence, fields) => console.error(sentence, fields),
};

/** Real files without syncs: a store for a benchmark can be laid out again. */
const lazyDisk: Disk = {
  ...nodeDisk,
  syncDirectory: () => {},
  syncDirectoryLater: (_path, done) => void setImmediate(done, null),
  open: (path, mode) =>
    Object.assign(nodeDisk.open(path, mode), { sync: (done: (error: null) => void) => void setImmediate(done, null) }),
};

/** Puts messages through the store's own door, in this process: no socket, no answers. Continues a store that is there. */
export async function layOut(plan: Plan): Promise<void> {
  const store = createMessageStore({
    platform: { clock: nodeClock, disk: lazyDisk },
    logger: quiet,
    root: plan.folder,
    config: storeDefaults,
    delayLevelsMs: [],
    processId: process.pid,
  });
  await store.start();
  const host = Buffer.from([127, 0, 0, 1, 0, 0, 42, 159]);
  const input = recordOf({
    bornTimestamp: 0,
    bornHost: host,
    storeHost: host,
    body: Buffer.alloc(plan.bodyBytes ?? 16, 'x'),
  });
  const names = Array.from({ length: plan.topics }, (_, i) => plan.topicPrefix + String(i).padStart(5, '0'));
  const large = `${plan.topicPrefix}large`;
  const queues = plan.topics * plan.queuesOfTopic;
  for (let done = 0; done < plan.messages; ) {
    const upTo = Math.min(plan.messages, done + PUTS_A_TURN);
    input.bornTimestamp = Date.now();
    for (; done < upTo; done++) {
      if (plan.oneOfToLarge > 0 && done % plan.oneOfToLarge === 0) {
        input.topic = large;
        input.queueId = 0;
      } else {
        // Neighbours in the log belong to queues far from each other, and all queues grow at the same rate.
        const queue = (done * 7919) % queues;
        input.topic = names[Math.floor(queue / plan.queuesOfTopic)]!;
        input.queueId = queue % plan.queuesOfTopic;
      }
      // A key now and then is enough for a start to see how far the index reaches.
      input.properties = done % UNKEYED_MESSAGES === 0 ? `UNIQ_KEY\x01${done.toString(16).padStart(32, '0')}\x02` : '';
      if (plan.keyed === true)
        input.properties = `UNIQ_KEY\x01${done.toString(16).padStart(32, '0')}\x02KEYS\x01key-${done}\x02TAGS\x01TagA\x02`;
      const { status } = store.put(input, undefined, false);
      if (status !== 'PUT_OK') throw new Error(`a message was not taken: ${status}`);
    }
    do await nextTurn();
    while (store.facts.unconfirmedBytes > UNWRITTEN_BYTES);
  }
  await store.stop();
}

await layOut(JSON.parse(process.argv[2]!) as Plan);
