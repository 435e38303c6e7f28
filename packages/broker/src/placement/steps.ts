import type { Random } from '@rocketmq-ts/kernel';
import type { MessageStore } from '@rocketmq-ts/store';
import type { TopicTable } from '../topic/topic-table.ts';
import { Placement, type PlacementQueues } from './place.ts';
import { RecordPuts } from './put.ts';
import { RecordMover } from './record-mover.ts';
import type { RemotePlace } from './remote-place.ts';
import { RetryPlaces } from './retry.ts';
import type { RetryQueues } from './retry-queues.ts';

/** What every feature that stores messages shares: where they are stored, and how they get there. */
export interface PlacementSteps {
  readonly placement: Placement;
  readonly puts: RecordPuts;
  readonly mover: RecordMover;
  readonly retryPlaces: RetryPlaces;
}

export interface PlacementParts extends PlacementQueues {
  readonly store: MessageStore;
  readonly random: Random;
  readonly topics: TopicTable;
  readonly retryQueues: RetryQueues;
  readonly remote: RemotePlace;
}

export function placementSteps({
  store,
  random,
  topics,
  retryQueues,
  remote,
  ...queues
}: PlacementParts): PlacementSteps {
  const placement = new Placement(queues);
  const puts = new RecordPuts(store, queues.levels);
  const mover = new RecordMover(placement, puts, remote, (topic, queueId) => retryQueues.inReach(topic, queueId));
  return { placement, puts, mover, retryPlaces: new RetryPlaces(topics, random) };
}
