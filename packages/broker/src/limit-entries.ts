import { bytesText, type LimitEntry, MAX_WAITING } from '@rocketmq-ts/kernel';
import { MAX_GROUPS } from './cold-data/thresholds.ts';
import { MAX_HELD } from './hold/held-requests.ts';
import { MAX_PUSHED_BYTES } from './reply/reply-push.ts';
import { MAX_IN_FLIGHT_BYTES, MAX_UNSAVED_BYTES } from './send/sends-in-flight.ts';
import { MAX_QUEUES } from './topic/queue-count.ts';

/** What the broker keeps for requests that are not answered yet. */
export const brokerLimits: readonly LimitEntry[] = [
  {
    what: 'sends that wait for the log: bodies, and 1 KiB for each',
    limit: bytesText(MAX_IN_FLIGHT_BYTES),
    beyond: 'sends get code 2, `[REJECTREQUEST]` with the bytes and the limit, before any work',
  },
  {
    what: 'sends that wait until their new topic is saved: bodies, and 1 KiB for each',
    limit: bytesText(MAX_UNSAVED_BYTES),
    beyond: 'sends to topics that are not saved get code 2 with the bytes and the limit; others are served',
  },
  {
    what: 'requests that wait until a table (topics, groups, offsets) is saved',
    limit: `${MAX_WAITING} of each`,
    beyond:
      'the change is in force and saved later; sends get code 14, changes by operators and returned messages code 1, heartbeats are answered',
  },
  {
    what: 'requests that are held until messages arrive',
    limit: `${MAX_HELD} requests`,
    beyond: 'one more is answered at once: a pull with code 19, a notification with `pollingFull`',
  },
  {
    what: 'replies that wait for their requesters: bodies; their number',
    limit: `${bytesText(MAX_PUSHED_BYTES)}; \`replyThreadPoolQueueCapacity\``,
    beyond: 'replies get code 2 with the cause',
  },
  {
    what: 'old messages that a group reads within five seconds, and all groups together, with `coldDataFlowControlEnable`',
    limit: '`cgColdReadThreshold`, `globalColdReadThreshold`',
    beyond:
      'push consumers get code 2 for old messages until the round ends, pull consumers wait three seconds and get one message',
  },
  {
    what: 'groups with a threshold of their own for it',
    limit: `${MAX_GROUPS} groups`,
    beyond: 'a further threshold is refused with code 1',
  },
  {
    what: 'messages of one answer to a pull or a peek',
    limit: '`maxTransferBytesOnMessageInMemory`, `maxTransferCountOnMessageInMemory` for each queue',
    beyond: 'the rest comes with the next request; one message comes whatever its size',
  },
  {
    what: 'queues of a topic',
    limit: `${MAX_QUEUES} queues`,
    beyond: 'the topic or group is refused with code 29 and the number',
  },
];
