import type { MessageFilter } from '@rocketmq-ts/filter';
import {
  isPredefinedGroup,
  isSystemGroup,
  LITE_PULL_MESSAGE,
  MASTER_ID,
  Perm,
  PULL_MESSAGE,
  PullSysFlag,
  ResponseCode,
  type SubscriptionGroupConfig,
  type TopicConfig,
} from '@rocketmq-ts/protocol';
import type { Call, RemotingServer } from '@rocketmq-ts/remoting';
import type { MessageStore } from '@rocketmq-ts/store';
import { ColdHold } from '../cold-data/cold-hold.ts';
import type { Feature, PortRole } from '../feature.ts';
import type { ConsumerFilters } from '../filter/consumer-filters.ts';
import type { ClientTable } from '../group/client-table.ts';
import type { GroupTable } from '../group/group-table.ts';
import type { BrokerIdentity } from '../identity.ts';
import type { OffsetTable } from '../offset/offset-table.ts';
import { Refusal } from '../refusal.ts';
import type { TopicTable } from '../topic/topic-table.ts';
import { AdmittedPull, type AdmittedPullParts } from './admitted-pull.ts';
import { ForbiddenType, filterOfPull, forbidden } from './subscription.ts';

type PullCall = Call<typeof PULL_MESSAGE>;

/** A pull that no rule refuses. */
interface Admitted {
  readonly topic: TopicConfig;
  readonly group: SubscriptionGroupConfig;
  readonly filter: MessageFilter | undefined;
}

export interface PullParts extends AdmittedPullParts {
  readonly identity: Pick<BrokerIdentity, 'brokerAddr'>;
  readonly store: MessageStore;
  readonly topics: TopicTable;
  readonly groups: GroupTable;
  readonly clients: ClientTable;
  readonly filters: Pick<ConsumerFilters, 'ofExpression' | 'ofGroup'>;
  readonly offsets: OffsetTable;
}

/** Pulls, answered at once or held until messages come. Source: PullMessageProcessor, DefaultPullMessageResultHandler. */
export class PullHandler implements Feature {
  readonly #parts: PullParts;

  constructor(parts: PullParts) {
    this.#parts = parts;
  }

  /** Not served on the fast port. */
  serve(server: RemotingServer, role: PortRole): void {
    if (role === 'fastPort') return;
    server.handle(PULL_MESSAGE, (call) => this.#pull(call));
    server.handle(LITE_PULL_MESSAGE, (call) => this.#pull(call));
  }

  #pull(call: PullCall): void {
    const { header } = call;
    const { groups, topics, clients, filters, offsets } = this.#parts;
    const group = groups.ofConsumer(header.consumerGroup);
    const topic = topics.get(header.topic);
    const refusal = this.#refusalOf(call, group, topic);
    if (refusal !== undefined) return this.#refuse(call, refusal);
    const filter = filterOfPull(call, group!, clients.consumerGroup(header.consumerGroup), groups, filters);
    if (filter instanceof Refusal) return this.#refuse(call, filter);
    const unregistered = this.#refusalOfUnregistered(call);
    if (unregistered !== undefined) return this.#refuse(call, unregistered);
    if (
      (header.sysFlag & PullSysFlag.COMMIT_OFFSET) !== 0 &&
      header.commitOffset >= 0 &&
      !offsets.hasReset(header.consumerGroup, header.topic, header.queueId)
    ) {
      offsets.commit(header.consumerGroup, header.topic, header.queueId, header.commitOffset, call.connection.peer);
    }
    if (call.abandoned) return;
    const admitted = { topic: topic!, group: group!, filter };
    if (this.#parts.coldReads.isLimited(header.consumerGroup) && this.#waitsForColdReads(call, admitted)) return;
    this.#serve(call, admitted, header.maxMsgNums);
  }

  #serve(call: PullCall, { topic, group, filter }: Admitted, maxMessages: number): void {
    const { offsets, store } = this.#parts;
    const { header } = call;
    const reset = offsets.takeReset(header.consumerGroup, header.topic, header.queueId);
    if (reset !== undefined) return this.#sendTo(call, reset, topic, group);
    const queue = store.queue(header.topic, header.queueId);
    new AdmittedPull(this.#parts, call, queue, filter, topic, group, maxMessages).look();
  }

  /**
   * The group has read its share of old messages, and this pull is for more of them: a push consumer comes again by itself, a
   * pull consumer waits here, and gets one message then. False when the pull is for new messages. Source: PullMessageProcessor.
   */
  #waitsForColdReads(call: PullCall, admitted: Admitted): boolean {
    const { store, coldReads, clients, held, clock } = this.#parts;
    const { consumerGroup, topic, queueId, queueOffset } = call.header;
    const queue = store.findQueue(topic, queueId);
    const entry = queue?.entryAt(queueOffset);
    if (queue === undefined || entry === undefined || !coldReads.isCold(entry.physicalOffset)) return false;
    if (clients.consumerGroup(consumerGroup)?.consumeType === 'CONSUME_PASSIVELY') {
      call.fail(ResponseCode.SYSTEM_BUSY, 'This consumer group is reading cold data. It has been flow control');
    } else {
      const serve = (): void => {
        try {
          this.#serve(call, admitted, 1);
        } catch (error) {
          call.crash(error);
        }
      };
      held.hold(new ColdHold(queue, clock.monotonicMs(), call, serve));
    }
    return true;
  }

  /** An operator moved the group: the client continues from there. */
  #sendTo(call: PullCall, offset: number, topic: TopicConfig, group: SubscriptionGroupConfig): void {
    const { store, offsets } = this.#parts;
    const { header } = call;
    const queue = store.queue(header.topic, header.queueId);
    offsets.pulledUpTo(header.consumerGroup, header.topic, header.queueId, offset);
    call.answer(
      {
        suggestWhichBrokerId: MASTER_ID,
        nextBeginOffset: offset,
        minOffset: queue.minOffset,
        maxOffset: queue.maxOffset,
        topicSysFlag: topic.topicSysFlag,
        groupSysFlag: group.groupSysFlag,
      },
      { code: ResponseCode.PULL_OFFSET_MOVED, remark: 'OFFSET_RESET' },
    );
  }

  /** The checks in Apache's order. */
  #refusalOf(
    call: PullCall,
    group: SubscriptionGroupConfig | undefined,
    topic: TopicConfig | undefined,
  ): Refusal | undefined {
    const { header } = call;
    const { config, identity } = this.#parts;
    const { brokerAddr } = identity;
    if (!Perm.isReadable(config.brokerPermission)) {
      return forbidden(ForbiddenType.BROKER, `the broker[${brokerAddr}] pulling message is forbidden`);
    }
    if (call.code === LITE_PULL_MESSAGE.code && !config.litePullMessageEnable) {
      const remark = `the broker[${brokerAddr}] for lite pull consumer is forbidden: litePullMessageEnable is false`;
      return forbidden(ForbiddenType.BROKER, remark);
    }
    if (group === undefined) {
      const remark = `subscription group [${header.consumerGroup}] does not exist; autoCreateSubscriptionGroup is ${config.autoCreateSubscriptionGroup} on broker ${brokerAddr}`;
      return new Refusal(ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, remark);
    }
    if (!group.consumeEnable)
      return forbidden(ForbiddenType.GROUP, `subscription group no permission, ${header.consumerGroup}`);
    if (topic === undefined) {
      return new Refusal(ResponseCode.TOPIC_NOT_EXIST, `topic[${header.topic}] not exist, apply first please!`);
    }
    if (!Perm.isReadable(topic.perm))
      return forbidden(ForbiddenType.TOPIC, `the topic[${header.topic}] pulling message is forbidden`);
    if (header.queueId < 0 || header.queueId >= topic.readQueueNums) {
      const remark = `queueId[${header.queueId}] is illegal, topic:[${header.topic}] topicConfig.readQueueNums:[${topic.readQueueNums}] consumer:[${call.connection.peer}]`;
      return new Refusal(ResponseCode.INVALID_PARAMETER, remark);
    }
    return undefined;
  }

  /** With rejectPullConsumerEnable only members pull, and what belongs to the tools. */
  #refusalOfUnregistered({ header, connection }: PullCall): Refusal | undefined {
    if (!this.#parts.config.rejectPullConsumerEnable) return undefined;
    const { consumerGroup } = header;
    const group = this.#parts.clients.consumerGroup(consumerGroup);
    if (group !== undefined && group.consumeType !== 'CONSUME_ACTIVELY') return undefined;
    if (isPredefinedGroup(consumerGroup) || isSystemGroup(consumerGroup)) return undefined;
    for (const member of group?.members.values() ?? []) if (member.connection === connection) return undefined;
    return new Refusal(
      ResponseCode.SUBSCRIPTION_NOT_EXIST,
      `the consumer's group info not exist, or the pull consumer is rejected by server: rejectPullConsumerEnable is true, and ${consumerGroup} has no member at this connection`,
    );
  }

  #refuse(call: PullCall, refusal: Refusal): void {
    call.fail(refusal.code, refusal.remark, { forbiddenType: refusal.forbiddenType });
  }
}
