import { isTagType } from '@rocketmq-ts/filter';
import type { Clock } from '@rocketmq-ts/kernel';
import {
  CHECK_CLIENT_CONFIG,
  decodeCheckClientRequestBody,
  decodeHeartbeatData,
  GET_CONSUMER_LIST_BY_GROUP,
  HEART_BEAT,
  ResponseCode,
  retryTopic,
  TopicSysFlag,
  UNREGISTER_CLIENT,
} from '@rocketmq-ts/protocol';
import type { Call, RemotingServer } from '@rocketmq-ts/remoting';
import { Refusal } from '../refusal.ts';
import type { BrokerStats } from '../stats/broker-stats.ts';
import type { TopicTable } from '../topic/topic-table.ts';
import type { ClientTable, GroupMember } from './client-table.ts';
import type { GroupTable } from './group-table.ts';

export interface HeartbeatParts {
  readonly clock: Clock;
  readonly clients: ClientTable;
  readonly groups: GroupTable;
  readonly topics: TopicTable;
  readonly stats: Pick<BrokerStats, 'registered'>;
  readonly filters: ExpressionCheck;
}

/** Says of an expression of another type than tags why it would be refused. */
export interface ExpressionCheck {
  ofExpression(topic: string, text: string, type: string): object | Refusal;
}

/** Heartbeats of clients, their unregistration, checks of their subscriptions, lists of members. Source: ClientManageProcessor, ConsumerManageProcessor. */
export class HeartbeatHandler {
  readonly #parts: HeartbeatParts;
  /** Last fingerprint of each group and client, for heartbeats that leave the subscriptions out. */
  readonly #fingerprints = new Map<string, number>();

  constructor(parts: HeartbeatParts) {
    this.#parts = parts;
  }

  serve(server: RemotingServer): void {
    server.handle(HEART_BEAT, (call) => this.#heartbeat(call));
    server.handle(UNREGISTER_CLIENT, (call) => this.#unregister(call));
    server.handle(CHECK_CLIENT_CONFIG, (call) => this.#checkClient(call));
    server.handle(GET_CONSUMER_LIST_BY_GROUP, (call) => this.#memberList(call));
  }

  #heartbeat(call: Call<typeof HEART_BEAT>): void {
    const { clock, clients, groups, topics, stats } = this.#parts;
    const data = decodeHeartbeatData(call.body);
    const member: GroupMember = {
      clientId: data.clientID,
      connection: call.connection,
      language: call.language,
      version: call.version,
      lastHeartbeatMs: clock.monotonicMs(),
    };
    let subscriptionChanged = data.heartbeatFingerprint === 0;
    for (const consumer of data.consumers) {
      const group = groups.ofConsumer(consumer.groupName);
      // As Apache: a group that may not exist is left out without an error; its pulls are refused with the reason.
      if (group === undefined) continue;
      if (group.retryQueueNums > 0) {
        const sysFlag = consumer.unitMode ? TopicSysFlag.UNIT_SUB : 0;
        topics.ofSystem(retryTopic(consumer.groupName), group.retryQueueNums, sysFlag);
      }
      clients.registerConsumer(consumer, member, data.withoutSub);
      stats.registered('CONSUMER', Math.floor(clock.monotonicMs() - member.lastHeartbeatMs));
      if (data.heartbeatFingerprint !== 0) {
        const before = this.#fingerprints.get(consumer.groupName);
        if (before !== undefined && before !== data.heartbeatFingerprint) subscriptionChanged = true;
        this.#fingerprints.set(consumer.groupName, data.heartbeatFingerprint);
      }
    }
    for (const group of data.producerGroups) {
      clients.registerProducer(group, member);
      stats.registered('PRODUCER', Math.floor(clock.monotonicMs() - member.lastHeartbeatMs));
    }
    this.#whenSaved(data.consumers, () => call.answer({ supportHeartbeatV2: true, subscriptionChanged }));
  }

  /** A consumer that joined is found again after a restart, with its retry topic. A disk that takes nothing keeps no consumer out. */
  #whenSaved(consumers: readonly { readonly groupName: string }[], done: () => void): void {
    const { groups, topics } = this.#parts;
    const unsavedGroup = consumers.some(({ groupName }) => groups.isUnsaved(groupName));
    const unsavedTopic = consumers.some(({ groupName }) => topics.isUnsaved(retryTopic(groupName)));
    const afterGroups = unsavedTopic ? () => topics.whenSaved(done) : done;
    if (unsavedGroup) groups.whenSaved(afterGroups);
    else afterGroups();
  }

  #unregister(call: Call<typeof UNREGISTER_CLIENT>): void {
    const { clientID, producerGroup, consumerGroup } = call.header;
    if (producerGroup !== undefined) this.#parts.clients.unregisterProducer(producerGroup, clientID, call.connection);
    if (consumerGroup !== undefined) this.#parts.clients.unregisterConsumer(consumerGroup, clientID, call.connection);
    call.answer({});
  }

  #checkClient(call: Call<typeof CHECK_CLIENT_CONFIG>): void {
    const { subscriptionData } = decodeCheckClientRequestBody(call.body);
    if (subscriptionData === undefined) return call.answer({});
    if (!isTagType(subscriptionData.expressionType)) {
      const { topic, subString, expressionType } = subscriptionData;
      const refusal = this.#parts.filters.ofExpression(topic, subString, expressionType);
      if (refusal instanceof Refusal) return call.fail(refusal.code, refusal.remark);
    }
    // Tags are not parsed: as Apache, whatever the text is. Source: ClientManageProcessor#checkClientConfig.
    call.answer({});
  }

  #memberList(call: Call<typeof GET_CONSUMER_LIST_BY_GROUP>): void {
    const { consumerGroup } = call.header;
    const body = this.#parts.clients.consumerIdList(consumerGroup);
    if (body === undefined) {
      return call.fail(ResponseCode.SYSTEM_ERROR, `no consumer for this group, ${consumerGroup}`);
    }
    call.answer({}, { body });
  }
}
