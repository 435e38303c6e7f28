import {
  createTopicConfig,
  decodeTopicQueueMappingDetail,
  ResponseCode,
  TOPIC_FILTER_TYPES,
  UPDATE_AND_CREATE_STATIC_TOPIC,
  validateTopic,
} from '@rocketmq-ts/protocol';
import type { Call, RemotingServer } from '@rocketmq-ts/remoting';
import { whenAllSaved } from '../json-file.ts';
import { answerWhenSaved } from '../saved-answer.ts';
import { whyNotSoManyQueues } from '../topic/queue-count.ts';
import type { AdminParts } from './parts.ts';

type Parts = Pick<AdminParts, 'config' | 'topics' | 'mappings'>;

/** Creates and changes static topics. Source: AdminBrokerProcessor#updateAndCreateStaticTopic. */
export function serveStaticTopicRequests(server: RemotingServer, parts: Parts): void {
  server.handle(UPDATE_AND_CREATE_STATIC_TOPIC, (call) => putStaticTopic(parts, call));
}

function putStaticTopic({ config, topics, mappings }: Parts, call: Call<typeof UPDATE_AND_CREATE_STATIC_TOPIC>): void {
  const { topic, readQueueNums, writeQueueNums, perm, topicSysFlag, topicFilterType, force } = call.header;
  const detail = decodeTopicQueueMappingDetail(call.body);
  const reason = validateTopic(topic) ?? whyNotSoManyQueues(topic, readQueueNums, writeQueueNums);
  if (reason !== undefined) return call.fail(ResponseCode.INVALID_PARAMETER, reason);
  if (config.validateSystemTopicWhenUpdateTopic && topics.isSystemTopic(topic))
    return call.fail(ResponseCode.INVALID_PARAMETER, `The topic[${topic}] is conflict with system topic.`);
  if (detail.topic !== topic)
    return call.fail(ResponseCode.INVALID_PARAMETER, `the mapping is that of topic ${detail.topic}, not of ${topic}`);
  const whyNot = mappings.update(detail, force);
  if (whyNot !== undefined) return call.fail(ResponseCode.SYSTEM_ERROR, whyNot);
  topics.put({
    ...createTopicConfig(topic, { readQueueNums, writeQueueNums, perm, topicSysFlag }),
    topicFilterType: TOPIC_FILTER_TYPES.find((type) => type === topicFilterType) ?? 'SINGLE_TAG',
    attributes: topics.get(topic)?.attributes ?? {},
  });
  // Name servers take a new mapping only with a new version of the topics.
  topics.touch();
  whenAllSaved([topics, mappings], answerWhenSaved(call));
}
