import { createHash } from 'node:crypto';
import type { MessageQueue } from '@rocketmq-ts/protocol';
import { formatMessageQueue } from '../message-queue.ts';
import type { AllocateStrategy } from './allocate.ts';

/**
 * Puts members on a ring of hashes, `virtualNodes` times each, and gives a queue to the next member on the ring: few
 * queues move when a member joins or leaves. Every member of a group must use the same count.
 * Source: AllocateMessageQueueConsistentHash, ConsistentHashRouter.
 */
export function consistentHash(virtualNodes = 10): AllocateStrategy {
  return {
    name: 'CONSISTENT_HASH',
    allocate(_group, clientId, queues, clientIds) {
      if (!clientIds.includes(clientId)) return [];
      const ring = new Map<number, string>();
      for (const id of clientIds) {
        for (let replica = 0; replica < virtualNodes; replica++) ring.set(ringPosition(`${id}-${replica}`), id);
      }
      const positions = [...ring.keys()].sort((left, right) => left - right);
      return queues.filter((queue) => ring.get(ownerPosition(positions, queue)) === clientId);
    },
  };
}

/** Position of a text on the ring: the first four bytes of its MD5 as an unsigned number. */
export function ringPosition(text: string): number {
  return createHash('md5').update(text).digest().readUInt32BE(0);
}

function ownerPosition(positions: readonly number[], queue: MessageQueue): number {
  const wanted = ringPosition(formatMessageQueue(queue));
  return positions.find((position) => position >= wanted) ?? positions[0] ?? 0;
}
