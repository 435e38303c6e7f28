import type { Clock, Logger } from '@rocketmq-ts/kernel';
import {
  type ConsumeFromWhere,
  type ConsumerData,
  type ConsumeType,
  encodeConsumerIdList,
  type MessageModel,
  type SubscriptionData,
} from '@rocketmq-ts/protocol';
import type { RemotingConnection } from '@rocketmq-ts/remoting';
import { type GroupMember, GroupMembers } from './group-members.ts';
import { GroupSubscriptions, type SubscriptionChange } from './group-subscriptions.ts';
import { MemberNotices } from './member-notices.ts';

export type { GroupMember } from './group-members.ts';

/** A consumer group as its members declare it; the last heartbeat wins. */
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

/** Learns what groups subscribe. */
export interface SubscriptionListener {
  /** What is in force now, after a heartbeat or after a member left. */
  stated(group: string, subscriptions: ReadonlyMap<string, SubscriptionData>): void;
  /** The last member left. */
  left(group: string): void;
}

/** A group with how its subscriptions come about. */
interface RegisteredGroup extends ConsumerGroup {
  readonly stated: GroupSubscriptions;
  readonly registered: GroupMembers;
  /** Body of the list of client ids; undefined since they changed. */
  idList: Buffer | undefined;
  /** Its members subscribe differently, which was logged. */
  disagrees: boolean;
}

/** The client ids that a connection gave for its groups. */
interface ConnectionGroups {
  readonly producers: Map<string, Set<string>>;
  readonly consumers: Map<string, Set<string>>;
}

/** Which clients are online, in which groups, with which subscriptions. Source: ConsumerManager, ProducerManager. */
export class ClientTable {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #consumers = new Map<string, RegisteredGroup>();
  readonly #producers = new Map<string, GroupMembers>();
  /** Groups of each producer, by client id. */
  readonly #groupsOfProducer = new Map<string, Set<string>>();
  /** Groups of each connection, so that its loss costs only what it holds. */
  readonly #groupsOf = new Map<number, ConnectionGroups>();
  readonly #notices: MemberNotices;
  /** Client ids of groups that two connections gave; each pair is logged once while the id is there. */
  readonly #warned = new Set<string>();
  readonly #notifies: (group: string) => boolean;
  readonly #listener: SubscriptionListener;

  /** `notifies` is false for a group whose changes are not sent to its members. */
  constructor(clock: Clock, logger: Logger, notifies: (group: string) => boolean, listener: SubscriptionListener) {
    this.#clock = clock;
    this.#logger = logger;
    this.#notifies = notifies;
    this.#listener = listener;
    this.#notices = new MemberNotices(clock, (group) => this.#consumers.get(group)?.members);
  }

  /** No notice is sent any more. */
  stop(): void {
    this.#notices.stop();
  }

  consumerGroup(name: string): ConsumerGroup | undefined {
    return this.#consumers.get(name);
  }

  consumerGroups(): IterableIterator<ConsumerGroup> {
    return this.#consumers.values();
  }

  producers(group: string): readonly GroupMember[] {
    return [...(this.#producers.get(group)?.byId.values() ?? [])];
  }

  /** The connection of the last heartbeat of a client that has a producer group; undefined when there is no such client. */
  producerConnection(clientId: string): RemotingConnection | undefined {
    let last: GroupMember | undefined;
    for (const group of this.#groupsOfProducer.get(clientId) ?? []) {
      const member = this.#producers.get(group)?.byId.get(clientId);
      if (member === undefined || member.connection.closed) continue;
      if (last === undefined || member.lastHeartbeatMs > last.lastHeartbeatMs) last = member;
    }
    return last?.connection;
  }

  producerGroups(): IterableIterator<string> {
    return this.#producers.keys();
  }

  registerProducer(group: string, member: GroupMember): void {
    let members = this.#producers.get(group);
    if (members === undefined) {
      members = new GroupMembers();
      this.#producers.set(group, members);
    }
    const { rival } = members.register(member);
    if (rival !== undefined) this.#warnOfTwo('producer', group, rival, member);
    note(this.#watch(member.connection).producers, group, member.clientId);
    note(this.#groupsOfProducer, member.clientId, group);
  }

  /** Takes a consumer's heartbeat; true when the membership or the subscriptions changed. Members get a notice. */
  registerConsumer(data: ConsumerData, member: GroupMember, keepSubscriptions: boolean): boolean {
    const { groupName: name, consumeType, messageModel, consumeFromWhere } = data;
    let group = this.#consumers.get(name);
    if (group === undefined) {
      const stated = new GroupSubscriptions();
      const registered = new GroupMembers();
      group = {
        ...{ name, consumeType, messageModel, consumeFromWhere, stated, registered },
        members: registered.byId,
        subscriptions: stated.byTopic,
        idList: undefined,
        disagrees: false,
      };
      this.#consumers.set(name, group);
    }
    Object.assign(group, { consumeType, messageModel, consumeFromWhere });
    const { arrival, rival } = group.registered.register(member);
    note(this.#watch(member.connection).consumers, name, member.clientId);
    const joined = arrival === 'JOINED';
    if (joined) {
      group.idList = undefined;
      const { clientId, connection } = member;
      this.#logger.info('a consumer joined its group', { group: name, clientId, peer: connection.peer });
    }
    if (rival !== undefined) this.#warnOfTwo('consumer', name, rival, member);
    let changed = joined;
    if (!keepSubscriptions) {
      const { topicsChanged, changes } = group.stated.state(member.clientId, data.subscriptionDataSet);
      this.#logChanges(group, changes);
      this.#logDisagreement(group);
      this.#listener.stated(name, group.subscriptions);
      changed ||= topicsChanged;
    }
    if (changed) this.#notify(group);
    return changed;
  }

  /** The body of the answer that lists the client ids of a group; it must not be changed. Undefined without members. */
  consumerIdList(name: string): Buffer | undefined {
    const group = this.#consumers.get(name);
    if (group === undefined) return undefined;
    group.idList ??= encodeConsumerIdList(group.members.keys());
    return group.idList;
  }

  #warnOfTwo(kind: 'producer' | 'consumer', group: string, one: GroupMember, other: GroupMember): void {
    const { clientId } = other;
    const key = warnedKey(kind, group, clientId);
    if (this.#warned.has(key)) return;
    this.#warned.add(key);
    const peers = [one.connection.peer, other.connection.peer];
    const sentence =
      kind === 'consumer'
        ? 'two connections use one client id in a consumer group: if they are two processes, both consume the same queues and the others of the group do not help; give each process its own instanceName'
        : 'two connections use one client id in a producer group: if they are two processes, give each its own instanceName';
    this.#logger.warn(sentence, { group, clientId, peers });
  }

  /** Once, until all members agree again. */
  #logDisagreement(group: RegisteredGroup): void {
    const { disagreement } = group.stated;
    if ((disagreement !== undefined) === group.disagrees) return;
    group.disagrees = disagreement !== undefined;
    if (disagreement === undefined) {
      this.#logger.info('the members of a consumer group subscribe the same again', { group: group.name });
      return;
    }
    this.#logger.warn(
      'members of one consumer group subscribe differently: messages that only some of them want are passed over by the others; give all of them the same topics and expressions, or groups of their own',
      { group: group.name, one: disagreement[0], other: disagreement[1] },
    );
  }

  #logChanges(group: ConsumerGroup, changes: readonly SubscriptionChange[]): void {
    for (const { topic, from, to } of changes) {
      const facts = { group: group.name, topic, from: from.subString, to: to.subString };
      this.#logger.info('a subscription changed', facts);
    }
  }

  /** A client leaves a group, by a request over some connection. */
  unregisterProducer(group: string, clientId: string, spokenOver: RemotingConnection): void {
    const members = this.#producers.get(group);
    if (members !== undefined) this.#dropProducer(group, clientId, members.connectionOf(clientId, spokenOver));
  }

  /** A client leaves a group, by a request over some connection. */
  unregisterConsumer(group: string, clientId: string, spokenOver: RemotingConnection): void {
    const members = this.#consumers.get(group)?.registered;
    if (members === undefined) return;
    this.#dropConsumer(group, clientId, members.connectionOf(clientId, spokenOver), 'it unregistered');
  }

  #dropProducer(group: string, clientId: string, connection: RemotingConnection): void {
    const members = this.#producers.get(group);
    if (members?.leave(clientId, connection) !== true) return;
    this.#warned.delete(warnedKey('producer', group, clientId));
    const groups = this.#groupsOfProducer.get(clientId);
    groups?.delete(group);
    if (groups?.size === 0) this.#groupsOfProducer.delete(clientId);
    if (members.byId.size === 0) this.#producers.delete(group);
  }

  #dropConsumer(groupName: string, clientId: string, connection: RemotingConnection, reason: string): void {
    const group = this.#consumers.get(groupName);
    if (group?.registered.leave(clientId, connection) !== true) return;
    this.#warned.delete(warnedKey('consumer', groupName, clientId));
    group.idList = undefined;
    this.#logger.info('a consumer left its group', { group: groupName, clientId, reason });
    if (group.members.size === 0) {
      this.#consumers.delete(groupName);
      this.#listener.left(groupName);
      return;
    }
    this.#logChanges(group, group.stated.leave(clientId));
    this.#logDisagreement(group);
    this.#listener.stated(groupName, group.subscriptions);
    this.#notify(group);
  }

  /** Drops clients without a heartbeat for so long. */
  dropExpired(timeoutMs: number): void {
    const oldest = this.#clock.monotonicMs() - timeoutMs;
    for (const [group, members] of [...this.#producers]) {
      for (const { clientId, connection } of members.silentSince(oldest))
        this.#dropProducer(group, clientId, connection);
    }
    for (const group of [...this.#consumers.values()]) {
      for (const { clientId, connection } of group.registered.silentSince(oldest))
        this.#dropConsumer(group.name, clientId, connection, 'its heartbeats stopped');
    }
  }

  /** The groups that live on a connection; they lose what came over it when it closes. */
  #watch(connection: RemotingConnection): ConnectionGroups {
    const known = this.#groupsOf.get(connection.id);
    if (known !== undefined) return known;
    const groups: ConnectionGroups = { producers: new Map(), consumers: new Map() };
    this.#groupsOf.set(connection.id, groups);
    connection.onClose(() => {
      this.#groupsOf.delete(connection.id);
      for (const [group, clientIds] of groups.producers)
        for (const clientId of clientIds) this.#dropProducer(group, clientId, connection);
      for (const [group, clientIds] of groups.consumers)
        for (const clientId of clientIds) this.#dropConsumer(group, clientId, connection, 'its connection was closed');
    });
    return groups;
  }

  #notify(group: ConsumerGroup): void {
    if (this.#notifies(group.name)) this.#notices.changed(group.name);
  }
}

function note(sets: Map<string, Set<string>>, key: string, value: string): void {
  const set = sets.get(key);
  if (set === undefined) sets.set(key, new Set([value]));
  else set.add(value);
}

function warnedKey(kind: 'producer' | 'consumer', group: string, clientId: string): string {
  return `${kind} ${group} ${clientId}`;
}
