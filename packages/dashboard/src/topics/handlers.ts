import type { Clock } from '@rocketmq-ts/kernel';
import type { TOPIC_ROUTES } from '../api/index.ts';
import type { Handlers } from '../http/bind.ts';
import { allBrokers } from '../targets/broker-target.ts';
import { confirmed } from '../targets/confirm.ts';
import { changeTopic, createTopic } from './change-topic.ts';
import { deleteTopic } from './delete-topic.ts';
import { listTopics } from './list-topics.ts';
import { topicConfig, topicRoute, topicStatus, topicSummary } from './look-at-topic.ts';
import { resetOffsets } from './reset-offsets.ts';
import { previewReset } from './reset-preview.ts';
import { sendMessage } from './send-message.ts';
import { topicConsumers } from './topic-consumers.ts';

/** Handlers of `TOPIC_ROUTES`. */
export function topicHandlers(clock: Clock): Handlers<typeof TOPIC_ROUTES> {
  return {
    listTopics: ({ cluster, query }) => listTopics(cluster.model, query),
    writeTargets: async ({ cluster }) => ({ brokers: await allBrokers(cluster.admin) }),
    createTopic: ({ cluster, body }) => createTopic(cluster, body),
    topicSummary: ({ cluster, params }) => topicSummary(cluster, params.topic),
    topicStatus: ({ cluster, params }) => topicStatus(cluster, params.topic, clock),
    topicRoute: ({ cluster, params }) => topicRoute(cluster, params.topic, clock),
    topicConfig: ({ cluster, params }) => topicConfig(cluster, params.topic),
    changeTopic: ({ cluster, params, body }) => changeTopic(cluster, params.topic, body),
    topicConsumers: ({ cluster, params }) => topicConsumers(cluster, params.topic, clock),
    sendTopicMessage: ({ cluster, params, body }) => sendMessage(cluster, params.topic, body, clock),
    previewReset: ({ cluster, params, query }) => previewReset(cluster, params.topic, query, clock),
    resetOffsets: ({ cluster, params, body }) => {
      confirmed(body.group, body.confirm);
      return resetOffsets(cluster, params.topic, body);
    },
    deleteTopic: ({ cluster, params, body }) => {
      confirmed(params.topic, body.confirm);
      return deleteTopic(cluster, params.topic, body.brokers);
    },
  };
}
