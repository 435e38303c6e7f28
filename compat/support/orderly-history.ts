import type { ClusterEvent } from '@rocketmq-ts/testkit/cluster-simulation';
import { linesOf } from './deliveries.ts';

/** Who handled, and until when its process was there. */
export interface OrderlyMember {
  readonly member: string;
  readonly group: string;
  /** What it printed; see compat/src/main/java/compat/OrderlyConsumerProgram.java. */
  readonly output: string;
  /** Wall clock of its end. */
  readonly endedMs: number;
}

/**
 * The calls of a member's listener as events. One that was never finished counts as under way until the process ended, and as
 * failed.
 */
export function handledBy({ member, group, output, endedMs }: OrderlyMember): ClusterEvent[] {
  const ends = linesOf(output, 'END').map(([ms, queueId, queueOffset, ok]) => ({
    ms: Number(ms),
    place: `${queueId} ${queueOffset}`,
    ok: ok === 'true',
  }));
  return linesOf(output, 'BEGIN').map(([ms, queueId, queueOffset, times, body, topic]) => {
    const at = ends.findIndex((end) => end.place === `${queueId} ${queueOffset}`);
    const end = at < 0 ? undefined : ends.splice(at, 1)[0];
    return {
      do: 'handled',
      atMs: Number(ms),
      endMs: end?.ms ?? endedMs,
      group,
      member,
      id: body!.split('|')[0]!,
      topic: topic!,
      body: body!,
      broker: 'broker',
      queueId: Number(queueId),
      queueOffset: Number(queueOffset),
      times: Number(times),
      retried: false,
      ok: end?.ok ?? false,
    };
  });
}
