import type { JsonInput } from '../json/value.ts';
import { integerOf, type Members } from './members.ts';

/** Which queues of a static topic a broker holds. Source: TopicQueueMappingInfo. */
export interface TopicQueueMappingInfo {
  readonly topic: string;
  readonly scope: string;
  readonly totalQueues: number;
  readonly bname: string;
  readonly epoch: number;
  readonly dirty: boolean;
  /** Logical queue id to physical one. */
  readonly currIdMap: ReadonlyMap<number, number>;
}

/** As a member of a larger body. Throws BAD_BODY. */
export function readTopicQueueMappingInfo(members: Members): TopicQueueMappingInfo {
  return {
    topic: members.text('topic'),
    scope: members.text('scope', '__global__'),
    totalQueues: members.integer('totalQueues', 0),
    bname: members.text('bname', ''),
    epoch: members.integer('epoch', 0),
    dirty: members.flag('dirty', false),
    currIdMap: members.numberedTable('currIdMap', integerOf),
  };
}

/** For the JSON writer. */
export function queueMappingJson(info: TopicQueueMappingInfo): JsonInput {
  return {
    bname: info.bname,
    currIdMap: info.currIdMap,
    dirty: info.dirty,
    epoch: info.epoch,
    scope: info.scope,
    topic: info.topic,
    totalQueues: info.totalQueues,
  };
}
