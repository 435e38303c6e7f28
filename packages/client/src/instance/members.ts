import type {
  ConsumeMessageDirectlyResult,
  ConsumerData,
  ConsumerRunningInfo,
  MessageQueue,
} from '@rocketmq-ts/protocol';
import type { MessageExt } from '../message/message-ext.ts';

/** What a client instance needs to know of a producer that lives in it. */
export interface ProducerMember {
  readonly group: string;
  /** Topics whose routes it uses. */
  topics(): readonly string[];
}

/** What a client instance needs to know of a consumer that lives in it, and asks of it when a broker says so. */
export interface ConsumerMember {
  readonly group: string;
  topics(): readonly string[];
  /** Called before each periodic heartbeat: looks whether another process uses our client id. Never rejects. */
  askForRival(): Promise<void>;
  /** Its part of the heartbeat. */
  describe(): ConsumerData;
  persistOffsets(): Promise<void>;
  /** Members of the group came or went: share the queues again. */
  rebalanceSoon(): void;
  /** An admin moved the group: go on from these offsets. */
  resetOffsets(topic: string, offsets: readonly (readonly [MessageQueue, number])[]): Promise<void>;
  offsets(topic: string): readonly (readonly [MessageQueue, number])[];
  runningInfo(): ConsumerRunningInfo;
  /** Hands one message to the listener, out of turn. */
  consumeDirectly(message: MessageExt): Promise<ConsumeMessageDirectlyResult>;
}
