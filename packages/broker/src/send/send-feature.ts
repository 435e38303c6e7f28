import type { Clock, Logger, Random } from '@rocketmq-ts/kernel';
import { UniqueKeyGenerator } from '@rocketmq-ts/protocol';
import type { RemotingServer } from '@rocketmq-ts/remoting';
import type { MessageStore } from '@rocketmq-ts/store';
import type { BrokerConfig } from '../config-table.ts';
import type { Feature } from '../feature.ts';
import type { GroupTable } from '../group/group-table.ts';
import type { QueueLocks } from '../group/queue-locks.ts';
import { type BrokerIdentity, encodeHost } from '../identity.ts';
import type { PlacementSteps } from '../placement/steps.ts';
import type { BrokerStats } from '../stats/broker-stats.ts';
import type { TopicTable } from '../topic/topic-table.ts';
import { SendAnswers } from './send-answers.ts';
import { SendBackHandler } from './send-back.ts';
import { SendHandler } from './send-handler.ts';

export interface SendFeatureParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly config: BrokerConfig;
  readonly identity: BrokerIdentity;
  readonly store: MessageStore;
  readonly steps: PlacementSteps;
  readonly topics: TopicTable;
  readonly groups: GroupTable;
  readonly locks: QueueLocks;
  readonly stats: BrokerStats;
}

/** Messages that clients send, and those that consumers send back. */
export function sendFeature(parts: SendFeatureParts): Feature {
  const { clock, random, config, identity, store, steps, topics, stats } = parts;
  const { address, brokerAddr, clusterName } = identity;
  const place = { brokerAddr, clusterName, storeHost: encodeHost(address) };
  const send = new SendHandler({
    ...parts,
    ...steps,
    ...place,
    uniqueKeys: new UniqueKeyGenerator({ clock, random, address: address.host }),
    answers: new SendAnswers(config, address, store, stats, topics),
  });
  const sendBack = new SendBackHandler({ ...parts, ...steps, ...place });
  return {
    serve: (server: RemotingServer) => {
      send.serve(server);
      sendBack.serve(server);
    },
  };
}
