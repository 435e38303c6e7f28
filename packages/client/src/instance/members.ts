import {
  type CHECK_TRANSACTION_STATE,
  CLIENT_INNER_PRODUCER_GROUP,
  type ConsumeMessageDirectlyResult,
  type ConsumerData,
  type ConsumerRunningInfo,
  type MessageQueue,
  type MessageView,
  type RequestHeader,
} from '@rocketmq-ts/protocol';
import type { HeldMessage } from '../consumer/held-message.ts';
import { ClientError } from '../errors.ts';
import type { MessageExt } from '../message/message-ext.ts';

/** What a client instance needs to know of a producer that runs in it. */
export interface ProducerMember {
  readonly group: string;
  /** Topics whose routes it uses. */
  topics(): readonly string[];
  /** Answers later what became of a half message. Undefined for producers without transactions. Never throws. */
  readonly checkTransaction: ((question: TransactionQuestion) => void) | undefined;
  /** Whether any of its requests waits for a reply. */
  awaitsReplies(): boolean;
  /** Hands a reply to the request that waits for it; false when none of its does. */
  takeReply(correlationId: string, reply: MessageExt): boolean;
}

/** A broker asks what became of a half message. */
export interface TransactionQuestion {
  readonly message: MessageView;
  readonly brokerName: string;
  /** `host:port` of the broker that asks. */
  readonly address: string;
  /** Where the half message lies; returned in the answer as it is. */
  readonly header: RequestHeader<typeof CHECK_TRANSACTION_STATE>;
}

/** What a client instance needs to know of a consumer that runs in it, and asks of it when a broker requests it. */
export interface ConsumerMember {
  readonly group: string;
  topics(): readonly string[];
  /** Called before each periodic heartbeat: looks whether another process uses our client id. Never rejects. */
  probeClientIdConflict(): Promise<void>;
  /** Its part of the heartbeat. */
  describe(): ConsumerData;
  persistOffsets(): Promise<void>;
  /** Members joined or left the group: share the queues again. */
  rebalanceSoon(): void;
  /** An admin moved the group: continue from these offsets. */
  resetOffsets(topic: string, offsets: readonly (readonly [MessageQueue, number])[]): Promise<void>;
  offsets(topic: string): readonly (readonly [MessageQueue, number])[];
  runningInfo(): ConsumerRunningInfo;
  /** Hands one message to the listener, before those that wait. Undefined for a consumer without a listener. */
  consumeDirectly?(message: HeldMessage): Promise<ConsumeMessageDirectlyResult>;
}

/** The producers and consumers that run under one client id, by group. */
export class Members {
  readonly producers = new Map<string, ProducerMember>();
  readonly consumers = new Map<string, ConsumerMember>();
  readonly #clientId: string;

  constructor(clientId: string) {
    this.#clientId = clientId;
  }

  get empty(): boolean {
    return this.producers.size === 0 && this.consumers.size === 0;
  }

  /** Throws ClientError `GROUP_TAKEN`. */
  addProducer(member: ProducerMember): void {
    if (this.producers.has(member.group) || member.group === CLIENT_INNER_PRODUCER_GROUP) {
      throw this.#groupTaken('producer', member.group);
    }
    this.producers.set(member.group, member);
  }

  /** Throws ClientError `GROUP_TAKEN`. */
  addConsumer(member: ConsumerMember): void {
    if (this.consumers.has(member.group)) throw this.#groupTaken('consumer', member.group);
    this.consumers.set(member.group, member);
  }

  /** Whether brokers may ask something of a member, or have a reply for it, and so must be informed of it as soon as they are connected. */
  get asked(): boolean {
    if (this.consumers.size > 0 || this.awaitsReplies) return true;
    for (const producer of this.producers.values()) if (producer.checkTransaction !== undefined) return true;
    return false;
  }

  /** Whether a request of any producer waits for its reply. */
  get awaitsReplies(): boolean {
    for (const producer of this.producers.values()) if (producer.awaitsReplies()) return true;
    return false;
  }

  /** Topics whose routes any of them uses. */
  topics(): ReadonlySet<string> {
    return new Set([...this.producers.values(), ...this.consumers.values()].flatMap((member) => member.topics()));
  }

  #groupTaken(kind: string, group: string): ClientError {
    return new ClientError(
      'GROUP_TAKEN',
      `A ${kind} of group ${group} runs already under client id ${this.#clientId}.`,
      { facts: { group, clientId: this.#clientId } },
    );
  }
}
