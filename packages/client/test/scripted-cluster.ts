import { silentLogger, type Timer } from '@rocketmq-ts/kernel';
import * as protocol from '@rocketmq-ts/protocol';
import { createRemotingServer, type RemotingConnection, type RemotingServer } from '@rocketmq-ts/remoting';
import type { SimulatedEnvironment } from '@rocketmq-ts/testkit';

/** A stored message of a scripted broker. */
export interface Stored {
  readonly topic: string;
  readonly queueId: number;
  readonly queueOffset: number;
  readonly record: Buffer;
  readonly tags: string | undefined;
}

/** How long an empty pull is held. */
const HOLD_MS = 5000;

type Refusal = { readonly code: number; readonly remark: string };

/**
 * A name server and one broker in one scripted peer: just enough of both to have a client do all its work, with hooks to
 * go wrong. Not a broker: it keeps everything in memory and holds no pull longer than five seconds.
 */
export class ScriptedCluster {
  readonly namesrvAddr: string;
  readonly brokerAddr: string;
  /** Topic → count of queues. */
  readonly topics = new Map<string, number>();
  readonly log: Stored[] = [];
  /** `topic@group@queueId` → committed offset. */
  readonly offsets = new Map<string, number>();
  /** Group → client ids, from heartbeats. */
  readonly members = new Map<string, Set<string>>();
  /** How often member lists name a client, as Apache's do by its connections. Default once. */
  readonly connectionsListed = new Map<string, number>();
  /** What is given back comes again so much later; never at delay level −1. */
  retryDelayMs = 0;
  /** Of all topics: 4 read, 2 write. */
  perm = 6;
  /** Topics whose sends are stored and never answered. */
  readonly held = new Set<string>();
  /** Sends are answered this much later. */
  sendDelayMs = 0;
  /** Heartbeats count at once and are answered this much later, as where a broker first saves a new group. */
  heartbeatDelayMs = 0;
  /** Sends that came and are not answered yet, and the most there were at a time. */
  readonly sends = { open: 0, most: 0 };
  /** Queue key → client id that holds its lock. */
  readonly locks = new Map<string, string>();
  /** Names of the commands that came, in order. */
  readonly seen: string[] = [];
  /** Refuses the next requests of a command: first in, first out. */
  readonly refusals = new Map<string, Refusal[]>();
  /** Messages given back, by their queue offset and delay level. */
  readonly givenBack: {
    readonly offset: number;
    readonly delayLevel: number;
    readonly originTopic: string | undefined;
  }[] = [];
  /** Outcomes of transactions as they came. */
  readonly ended: { readonly header: protocol.RequestHeader<typeof protocol.END_TRANSACTION>; remark: string }[] = [];
  /** Producer groups of each client, from heartbeats. */
  readonly producers = new Map<string, readonly string[]>();
  /** Recall requests as they came. */
  readonly recalled: protocol.RequestHeader<typeof protocol.RECALL_MESSAGE>[] = [];
  /** Code of the answers to sends. */
  sendCode = 0;
  readonly connections = new Map<string, RemotingConnection>();
  readonly #environment: SimulatedEnvironment;
  readonly #server: RemotingServer;
  /** Held pulls and when each gives up. */
  readonly #waiting = new Map<() => void, Timer>();

  private constructor(environment: SimulatedEnvironment) {
    this.#environment = environment;
    const host = environment.network.addressOf('cluster');
    this.namesrvAddr = `${host}:9876`;
    this.brokerAddr = this.namesrvAddr;
    this.#server = createRemotingServer({
      platform: environment.machine('cluster'),
      logger: silentLogger,
      host: '0.0.0.0',
      port: 9876,
    });
    this.#serveRoutes();
    this.#serveSends();
    this.#serveGroups();
    this.#serveOffsets();
    this.#servePulls();
  }

  static async start(environment: SimulatedEnvironment, topics: Record<string, number>): Promise<ScriptedCluster> {
    const cluster = new ScriptedCluster(environment);
    for (const [topic, count] of Object.entries(topics)) cluster.topics.set(topic, count);
    await cluster.#server.start();
    return cluster;
  }

  async stop(): Promise<void> {
    for (const timer of this.#waiting.values()) timer.cancel();
    await this.#server.stop();
  }

  /** Puts a message into a queue as a producer would. */
  put(
    topic: string,
    queueId: number,
    body: string | Buffer,
    properties: Record<string, string> = {},
    reconsumeTimes = 0,
    sysFlag = 0,
  ): Stored {
    const queueOffset = this.log.filter((one) => one.topic === topic && one.queueId === queueId).length;
    const host = { host: this.#environment.network.addressOf('cluster'), port: 9876 };
    const record = protocol.encodeMessage({
      topic,
      queueId,
      flag: 0,
      queueOffset,
      physicalOffset: this.log.length * 1000,
      sysFlag,
      bornTimestamp: 1,
      bornHost: host,
      storeTimestamp: 2,
      storeHost: host,
      reconsumeTimes,
      preparedTransactionOffset: 0,
      body: Buffer.from(body),
      propertiesText: protocol.formatMessageProperties(Object.entries(properties)),
    });
    const stored = { topic, queueId, queueOffset, record, tags: properties.TAGS };
    this.log.push(stored);
    for (const wake of [...this.#waiting.keys()]) wake();
    return stored;
  }

  /** Asks each client that has the group what became of a half message. */
  askForTransaction(group: string, half: Stored, offsets = { tranStateTableOffset: 7, commitLogOffset: 700 }): void {
    const transactionId = protocol.decodeMessage(half.record).uniqueKey;
    for (const [clientId, groups] of this.producers) {
      if (!groups.includes(group)) continue;
      const header = { topic: half.topic, transactionId, targetBrokerName: 'broker-a', ...offsets };
      this.connections.get(clientId)!.notify(protocol.CHECK_TRANSACTION_STATE, header, { body: half.record });
    }
  }

  refuseNext(command: string, code: number, remark = 'scripted'): void {
    this.refusals.set(command, [...(this.refusals.get(command) ?? []), { code, remark }]);
  }

  #on<C extends protocol.Command>(
    command: C,
    handler: (
      call: Parameters<Parameters<RemotingServer['handle']>[1]>[0] & { header: protocol.RequestHeader<C> },
    ) => void,
  ): void {
    this.#server.handle(command, (call) => {
      this.seen.push(command.name);
      const refusal = this.refusals.get(command.name)?.shift();
      if (refusal !== undefined) return call.fail(refusal.code, refusal.remark);
      handler(call as never);
    });
  }

  #serveRoutes(): void {
    this.#on(protocol.GET_ROUTEINFO_BY_TOPIC, (call) => {
      const count = this.topics.get(call.header.topic);
      if (count === undefined) return call.fail(protocol.ResponseCode.TOPIC_NOT_EXIST, 'No topic route info');
      const route: protocol.TopicRouteData = {
        orderTopicConf: undefined,
        queueDatas: [
          { brokerName: 'broker-a', readQueueNums: count, writeQueueNums: count, perm: this.perm, topicSysFlag: 0 },
        ],
        brokerDatas: [
          {
            cluster: 'c',
            brokerName: 'broker-a',
            brokerAddrs: new Map([[0, this.brokerAddr]]),
            enableActingMaster: false,
            zoneName: undefined,
          },
        ],
        filterServerTable: new Map(),
        topicQueueMappingByBroker: undefined,
      };
      call.answer({}, { body: protocol.encodeTopicRouteData(route, { version: call.version }) });
    });
  }

  #serveSends(): void {
    for (const command of [protocol.SEND_MESSAGE_V2, protocol.SEND_BATCH_MESSAGE]) {
      this.#on(command, (call) => {
        const { topic, queueId, properties, reconsumeTimes, batch, sysFlag } = call.header;
        if (!this.topics.has(topic)) this.topics.set(topic, call.header.defaultTopicQueueNums);
        const members = batch
          ? protocol.decodeBatch(call.body)
          : [{ body: inflated(sysFlag, call.body), propertiesText: properties }];
        const puts = members.map(({ body, propertiesText }) =>
          this.put(
            topic,
            queueId,
            body.toString(),
            Object.fromEntries(protocol.parseMessageProperties(propertiesText)),
            reconsumeTimes,
          ),
        );
        const msgId = puts.map((put) => protocol.decodeMessage(put.record).offsetMsgId).join(',');
        const answer = (): void => {
          const header = { msgId, queueId, queueOffset: puts[0]!.queueOffset };
          call.answer(header as never, { code: this.sendCode });
        };
        if (this.held.has(topic)) return;
        if (this.sendDelayMs === 0) return answer();
        this.sends.open++;
        this.sends.most = Math.max(this.sends.most, this.sends.open);
        this.#environment.clock.after(this.sendDelayMs, () => {
          this.sends.open--;
          answer();
        });
      });
    }
    this.#on(protocol.END_TRANSACTION, (call) => {
      this.ended.push({ header: call.header, remark: call.remark ?? '' });
    });
    this.#on(protocol.RECALL_MESSAGE, (call) => {
      this.recalled.push(call.header);
      call.answer({ msgId: protocol.decodeRecallHandle(call.header.recallHandle)!.messageId });
    });
    this.#on(protocol.CONSUMER_SEND_MSG_BACK, (call) => {
      const { offset, delayLevel, originTopic, group } = call.header;
      const original = this.log[offset / 1000]!;
      const view = protocol.decodeMessage(original.record);
      this.givenBack.push({ offset: original.queueOffset, delayLevel, originTopic });
      const retry = protocol.retryTopic(group);
      this.topics.set(retry, 1);
      const properties = { ...Object.fromEntries(view.properties), RETRY_TOPIC: originTopic! };
      call.answer({});
      if (delayLevel === -1) return;
      const deliver = (): void => void this.put(retry, 0, view.body.toString(), properties, view.reconsumeTimes + 1);
      if (this.retryDelayMs === 0) deliver();
      else this.#environment.clock.after(this.retryDelayMs, deliver);
    });
  }

  #serveGroups(): void {
    this.#on(protocol.HEART_BEAT, (call) => {
      const { clientID, consumers, producerGroups } = protocol.decodeHeartbeatData(call.body);
      this.producers.set(clientID, producerGroups);
      this.connections.set(clientID, call.connection);
      for (const { groupName } of consumers) {
        const group = this.members.get(groupName) ?? new Set();
        if (!group.has(clientID)) for (const other of group) this.#notify(other, groupName);
        this.members.set(groupName, group.add(clientID));
        const retry = protocol.retryTopic(groupName);
        if (!this.topics.has(retry)) this.topics.set(retry, 1);
      }
      if (this.heartbeatDelayMs === 0) call.answer({});
      else this.#environment.clock.after(this.heartbeatDelayMs, () => call.answer({}));
    });
    this.#on(protocol.UNREGISTER_CLIENT, (call) => {
      const { clientID, consumerGroup } = call.header;
      const group = this.members.get(consumerGroup ?? '');
      group?.delete(clientID);
      for (const other of group ?? []) this.#notify(other, consumerGroup!);
      call.answer({});
    });
    this.#on(protocol.GET_CONSUMER_LIST_BY_GROUP, (call) => {
      const ids = this.members.get(call.header.consumerGroup);
      if (ids === undefined || ids.size === 0) return call.fail(1, 'no consumer for this group');
      const listed = [...ids].flatMap((id) => Array<string>(this.connectionsListed.get(id) ?? 1).fill(id));
      call.answer({}, { body: protocol.encodeConsumerIdList(listed) });
    });
    this.#on(protocol.GET_CONSUMER_RUNNING_INFO, (call) => {
      const { consumerGroup, clientId } = call.header;
      const target = this.members.get(consumerGroup)?.has(clientId) ? this.connections.get(clientId) : undefined;
      if (target === undefined || target.closed) return call.fail(1, 'not online');
      target.request(protocol.GET_CONSUMER_RUNNING_INFO, call.header, { timeoutMs: 1000 }).then(
        (answer) => call.answer({}, { body: answer.body }),
        () => call.fail(207, 'no answer'),
      );
    });
    this.#on(protocol.LOCK_BATCH_MQ, (call) => {
      const { clientId, mqSet } = protocol.decodeQueueLockRequestBody(call.body);
      const granted = mqSet.filter(
        (queue) => (this.locks.get(protocol.messageQueueKey(queue)) ?? clientId) === clientId,
      );
      for (const queue of granted) this.locks.set(protocol.messageQueueKey(queue), clientId);
      call.answer({}, { body: protocol.encodeLockBatchResponseBody(granted) });
    });
    this.#on(protocol.UNLOCK_BATCH_MQ, (call) => {
      for (const queue of protocol.decodeQueueLockRequestBody(call.body).mqSet) {
        this.locks.delete(protocol.messageQueueKey(queue));
      }
      call.answer({});
    });
  }

  #notify(clientId: string, consumerGroup: string): void {
    this.connections.get(clientId)?.notify(protocol.NOTIFY_CONSUMER_IDS_CHANGED, { consumerGroup });
  }

  #serveOffsets(): void {
    this.#on(protocol.QUERY_CONSUMER_OFFSET, (call) => {
      const { topic, consumerGroup, queueId } = call.header;
      const offset = this.offsets.get(`${topic}@${consumerGroup}@${queueId}`);
      if (offset === undefined) return call.fail(protocol.ResponseCode.QUERY_NOT_FOUND, 'Not found');
      call.answer({ offset } as never);
    });
    this.#on(protocol.UPDATE_CONSUMER_OFFSET, (call) => {
      const { topic, consumerGroup, queueId, commitOffset } = call.header;
      this.offsets.set(`${topic}@${consumerGroup}@${queueId}`, commitOffset);
      call.answer({});
    });
    this.#on(protocol.GET_MAX_OFFSET, (call) => {
      call.answer({ offset: this.#end(call.header.topic, call.header.queueId) } as never);
    });
  }

  #servePulls(): void {
    this.#on(protocol.PULL_MESSAGE, (call) => {
      const { topic, queueId, queueOffset, maxMsgNums } = call.header;
      const answer = (): boolean => {
        const end = this.#end(topic, queueId);
        const facts = { suggestWhichBrokerId: 0, minOffset: 0, maxOffset: end };
        if (queueOffset > end) {
          call.answer({ ...facts, nextBeginOffset: end } as never, { code: protocol.ResponseCode.PULL_OFFSET_MOVED });
          return true;
        }
        const found = this.log.filter(
          (one) => one.topic === topic && one.queueId === queueId && one.queueOffset >= queueOffset,
        );
        if (found.length === 0) return false;
        const batch = found.slice(0, maxMsgNums);
        const body = Buffer.concat(batch.map((one) => one.record));
        call.answer({ ...facts, nextBeginOffset: queueOffset + batch.length } as never, { body });
        return true;
      };
      if (answer()) return;
      const wake = (): void => {
        if (!answer()) return;
        this.#waiting.delete(wake);
        timer.cancel();
      };
      const timer = this.#environment.clock.after(HOLD_MS, () => {
        this.#waiting.delete(wake);
        const end = this.#end(topic, queueId);
        const header = { suggestWhichBrokerId: 0, minOffset: 0, maxOffset: end, nextBeginOffset: queueOffset };
        call.answer(header as never, { code: protocol.ResponseCode.PULL_NOT_FOUND });
      });
      this.#waiting.set(wake, timer);
    });
  }

  #end(topic: string, queueId: number): number {
    return this.log.filter((one) => one.topic === topic && one.queueId === queueId).length;
  }
}

function inflated(sysFlag: number, body: Buffer): Buffer {
  const type = protocol.compressionType(sysFlag);
  return type === undefined || type === 'illegal' ? body : protocol.inflateBody(type, body);
}
