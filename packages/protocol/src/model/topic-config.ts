import type { TopicFilterType } from './consumer.ts';
import { Perm } from './perm.ts';

/** A topic on one broker. Source: TopicConfig. */
export interface TopicConfig {
  readonly topicName: string;
  readonly readQueueNums: number;
  readonly writeQueueNums: number;
  /** Bits of `Perm`. */
  readonly perm: number;
  readonly topicFilterType: TopicFilterType;
  readonly topicSysFlag: number;
  readonly order: boolean;
  /** `message.type`, `queue.type`, …: plain names, without the `+` of the create request. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** A topic with Apache's defaults (16 queues, readable and writable) where nothing else is given. */
export function createTopicConfig(topicName: string, given: Partial<Omit<TopicConfig, 'topicName'>> = {}): TopicConfig {
  return {
    topicName,
    readQueueNums: given.readQueueNums ?? 16,
    writeQueueNums: given.writeQueueNums ?? 16,
    perm: given.perm ?? Perm.READ | Perm.WRITE,
    topicFilterType: given.topicFilterType ?? 'SINGLE_TAG',
    topicSysFlag: given.topicSysFlag ?? 0,
    order: given.order ?? false,
    attributes: given.attributes ?? {},
  };
}

/** True when both would be stored as the same text. */
export function sameTopicConfig(a: TopicConfig, b: TopicConfig): boolean {
  return (
    a.topicName === b.topicName &&
    a.readQueueNums === b.readQueueNums &&
    a.writeQueueNums === b.writeQueueNums &&
    a.perm === b.perm &&
    a.topicFilterType === b.topicFilterType &&
    a.topicSysFlag === b.topicSysFlag &&
    a.order === b.order &&
    sameAttributes(a.attributes, b.attributes)
  );
}

function sameAttributes(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name) && a[name] === b[name]);
}
