import { encodeJson } from '../json/write.ts';
import { Members } from './members.ts';

/** Source: TopicList. */
export interface TopicList {
  readonly topicList: readonly string[];
  readonly brokerAddr: string | undefined;
}

/** The body, as Apache writes it. */
export function encodeTopicList(topics: Iterable<string>, brokerAddr?: string): Buffer {
  return encodeJson({ brokerAddr, topicList: [...topics] });
}

/** Throws BAD_BODY. */
export function decodeTopicList(body: Uint8Array): TopicList {
  const members = Members.parse(body, 'TopicList');
  return { topicList: members.texts('topicList'), brokerAddr: members.optionalText('brokerAddr') };
}

/** Source: GroupList. */
export function encodeGroupList(groups: Iterable<string>): Buffer {
  return encodeJson({ groupList: [...groups] });
}

/** Throws BAD_BODY. */
export function decodeGroupList(body: Uint8Array): string[] {
  return Members.parse(body, 'GroupList').texts('groupList');
}

/** The client ids of a group. Source: GetConsumerListByGroupResponseBody. */
export function encodeConsumerIdList(clientIds: Iterable<string>): Buffer {
  return encodeJson({ consumerIdList: [...clientIds] });
}

/** Throws BAD_BODY. */
export function decodeConsumerIdList(body: Uint8Array): string[] {
  return Members.parse(body, 'GetConsumerListByGroupResponseBody').texts('consumerIdList');
}

/** Names and values, all texts. Source: KVTable. */
export function encodeKVTable(table: ReadonlyMap<string, string>): Buffer {
  return encodeJson({ table });
}

/** Throws BAD_BODY. */
export function decodeKVTable(body: Uint8Array): Map<string, string> {
  return Members.parse(body, 'KVTable').textTable('table');
}
