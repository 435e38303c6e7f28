import type { Clock, Logger } from '@rocketmq-ts/kernel';
import {
  type ConsumeFromWhere,
  type ConsumerData,
  type ConsumeType,
  type MessageModel,
  NOTIFY_CONSUMER_IDS_CHANGED,
  type SubscriptionData,
} from '@rocketmq-ts/protocol';
import type { RemotingConnection } from '@rocketmq-ts/remoting';
import { GroupSubscriptions, type SubscriptionChange } from './group-subscriptions.ts';

/** One client of a group, on the connection its last heartbeat came over. */
export interface GroupMember {
  readonly clientId: string;
  readonly connection: RemotingConnection;
  readonly language: string;
  readonly version: number;
  lastHeartbeatMs: number;
}

/** What the members of a consumer group say of it; the last heartbeat wins. */
export interface ConsumerGroup {
  readonly name: string;
  consumeType: ConsumeType;
  messageModel: MessageModel;
  consumeFromWhere: ConsumeFromWhere;
  /** By client id, in order of arrival. */
  readonly members: Map<string, GroupMember>;
  /** In force, by topic. */
  readonly subscriptions: ReadonlyMap<string, SubscriptionData>;
}

/** A group with how its subscriptions come about. */
interface RegisteredGroup extends ConsumerGroup {
  readonly stated: GroupSubscriptions;
}

/** Which clients are online, in which groups, with which subscriptions. Source: ConsumerManager, ProducerManager. */
export class ClientTable {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #consumers = new Map<string, RegisteredGroup>();
  readonly #producers = new Map<string, Map<string, GroupMember>>();
  /** Groups of each connection, so that its loss costs only what it holds. */
  readonly #groupsOf = new Map<number, { readonly producers: Set<string>; readonly consumers: Set<string> }>();
  /** False: nobody is told of changes. */
  notifies: (group: string) => boolean = () => true;

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  consumerGroup(name: string): ConsumerGroup | undefined {
    return this.#consumers.get(name);
  }

  consumerGroups(): IterableIterator<ConsumerGroup> {
    return this.#consumers.values();
  }

  producers(group: string): readonly GroupMember[] {
    return [...(this.#producers.get(group)?.values() ?? [])];
  }

  producerGroups(): IterableIterator<string> {
    return this.#producers.keys();
  }

  registerProducer(group: string, member: GroupMember): void {
    let members = this.#producers.get(group);
    if (members === undefined) {
      members = new Map();
      this.#producers.set(group, members);
    }
    members.set(member.clientId, member);
    this.#watch(member.connection).producers.add(group);
  }

  /** Takes a consumer's heartbeat; true when the membership or the subscriptions changed. Members are told. */
  registerConsumer(data: ConsumerData, member: GroupMember, keepSubscriptions: boolean): boolean {
    let group = this.#consumers.get(data.groupName);
    if (group === undefined) {
      const stated = new GroupSubscriptions();
      group = {
        name: data.groupName,
        consumeType: data.consumeType,
        messageModel: data.messageModel,
        consumeFromWhere: data.consumeFromWhere,
        members: new Map(),
        subscriptions: stated.byTopic,
        stated,
      };
      this.#consumers.set(data.groupName, group);
    }
    group.consumeType = data.consumeType;
    group.messageModel = data.messageModel;
    group.consumeFromWhere = data.consumeFromWhere;
    const before = group.members.get(member.clientId);
    group.members.set(member.clientId, member);
    this.#watch(member.connection).consumers.add(data.groupName);
    const joined = before === undefined || before.connection !== member.connection;
    if (joined)
      this.#logger.info('a consumer joined its group', {
        group: group.name,
        clientId: member.clientId,
        peer: member.connection.peer,
      });
    const subscribed = !keepSubscriptions && this.#subscribe(group, member.clientId, data.subscriptionDataSet);
    if (joined || subscribed) this.#notify(group);
    return joined || subscribed;
  }

  /** True when topics came or went. */
  #subscribe(group: RegisteredGroup, clientId: string, given: readonly SubscriptionData[]): boolean {
    const { topicsChanged, changes } = group.stated.state(clientId, given);
    this.#logChanges(group, changes);
    return topicsChanged;
  }

  #logChanges(group: ConsumerGroup, changes: readonly SubscriptionChange[]): void {
    for (const { topic, from, to } of changes) {
      const facts = { group: group.name, topic, from: from.subString, to: to.subString };
      this.#logger.info('a subscription changed', facts);
    }
  }

  unregisterProducer(group: string, clientId: string): void {
    const members = this.#producers.get(group);
    members?.delete(clientId);
    if (members?.size === 0) this.#producers.delete(group);
  }

  unregisterConsumer(groupName: string, clientId: string): void {
    const group = this.#consumers.get(groupName);
    if (group?.members.delete(clientId) !== true) return;
    this.#logger.info('a consumer left its group', { group: groupName, clientId });
    if (group.members.size === 0) {
      this.#consumers.delete(groupName);
      return;
    }
    this.#logChanges(group, group.stated.leave(clientId));
    this.#notify(group);
  }

  /** Drops clients that have not been heard of for so long. */
  dropExpired(timeoutMs: number): void {
    const oldest = this.#clock.monotonicMs() - timeoutMs;
    const gone = (member: GroupMember): boolean => member.lastHeartbeatMs < oldest;
    for (const group of [...this.#producers.keys()]) this.#dropProducers(group, gone);
    for (const group of [...this.#consumers.keys()]) this.#dropConsumers(group, gone, 'its heartbeats stopped');
  }

  /** The groups that live on a connection; they lose what came over it when it closes. */
  #watch(connection: RemotingConnection): { readonly producers: Set<string>; readonly consumers: Set<string> } {
    const known = this.#groupsOf.get(connection.id);
    if (known !== undefined) return known;
    const groups = { producers: new Set<string>(), consumers: new Set<string>() };
    this.#groupsOf.set(connection.id, groups);
    connection.onClose(() => {
      this.#groupsOf.delete(connection.id);
      const gone = (member: GroupMember): boolean => member.connection === connection;
      for (const group of groups.producers) this.#dropProducers(group, gone);
      for (const group of groups.consumers) this.#dropConsumers(group, gone, 'its connection was closed');
    });
    return groups;
  }

  #dropProducers(group: string, gone: (member: GroupMember) => boolean): void {
    for (const member of this.producers(group)) if (gone(member)) this.unregisterProducer(group, member.clientId);
  }

  #dropConsumers(groupName: string, gone: (member: GroupMember) => boolean, reason: string): void {
    for (const member of [...(this.#consumers.get(groupName)?.members.values() ?? [])]) {
      if (!gone(member)) continue;
      this.#logger.info('a consumer is dropped', { group: groupName, clientId: member.clientId, reason });
      this.unregisterConsumer(groupName, member.clientId);
    }
  }

  #notify(group: ConsumerGroup): void {
    if (!this.notifies(group.name)) return;
    for (const member of group.members.values()) {
      member.connection.notify(NOTIFY_CONSUMER_IDS_CHANGED, { consumerGroup: group.name });
    }
  }
}
