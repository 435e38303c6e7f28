import { tagCode } from '@rocketmq-ts/filter';
import type { Clock } from '@rocketmq-ts/kernel';
import {
  decodeRecallHandle,
  MessageProperty,
  Perm,
  PROPERTY_END,
  PROPERTY_NAME_END,
  PropertyTable,
  RECALL_MESSAGE,
  type RecallHandle,
  ResponseCode,
} from '@rocketmq-ts/protocol';
import type { Call, RemotingServer } from '@rocketmq-ts/remoting';
import { isStored, type PutResult, type RecordInput } from '@rocketmq-ts/store';
import type { BrokerConfig } from '../config-table.ts';
import type { Feature } from '../feature.ts';
import { type BrokerIdentity, encodeHost } from '../identity.ts';
import type { Placement } from '../placement/place.ts';
import type { RecordPuts } from '../placement/put.ts';
import { Refusal } from '../refusal.ts';
import type { BrokerStats } from '../stats/broker-stats.ts';
import type { TopicTable } from '../topic/topic-table.ts';

const TAG = '_RECALL_TAG_';
const BODY = Buffer.from('0');

type RecallCall = Call<typeof RECALL_MESSAGE>;

export interface RecallParts {
  readonly clock: Clock;
  readonly config: BrokerConfig;
  readonly identity: BrokerIdentity;
  readonly topics: Pick<TopicTable, 'get'>;
  readonly placement: Placement;
  readonly puts: RecordPuts;
  readonly stats: Pick<BrokerStats, 'timerDelivered'>;
}

/**
 * Recalls messages that are not due yet: a recall is a timer message for the same slot, which takes the other one out of it. That
 * there is such a message is not checked, as by Apache's broker. Source: RecallMessageProcessor.
 */
export class RecallHandler implements Feature {
  readonly #parts: RecallParts;
  readonly #storeHost: Uint8Array;

  constructor(parts: RecallParts) {
    this.#parts = parts;
    this.#storeHost = encodeHost(parts.identity.address);
  }

  serve(server: RemotingServer): void {
    server.handle(RECALL_MESSAGE, (call) => {
      const refusal = this.#recall(call);
      if (refusal !== undefined) call.fail(refusal.code, refusal.remark, { regionId: this.#parts.config.regionId });
    });
  }

  /** Undefined: the recall is stored, and its ticket answers. */
  #recall(call: RecallCall): Refusal | undefined {
    const handle = this.#handleOf(call);
    if (handle instanceof Refusal) return handle;
    const properties = this.#properties(call, handle);
    const input = this.#input(call, handle);
    const { placement, puts, stats, config } = this.#parts;
    const refusal = placement.place(input, properties, { delayLevel: 0, isTimer: true });
    if (refusal !== undefined) return new Refusal(ResponseCode.ILLEGAL_OPERATION, `recall failed, ${refusal.remark}`);
    input.properties = properties.text();
    let put: PutResult | undefined;
    const ticket = {
      stored: (status: PutResult['status']) => {
        if (!isStored(status)) return call.fail(ResponseCode.SYSTEM_ERROR, `recall failed, execute error: ${status}`);
        stats.timerDelivered(input.topic, put!.storedBytes);
        call.answer({ msgId: handle.messageId, regionId: config.regionId });
      },
    };
    put = puts.put(input, ticket, true);
    const { status } = put;
    return status === 'PUT_OK'
      ? undefined
      : new Refusal(ResponseCode.SYSTEM_ERROR, `recall failed, execute error: ${status}`);
  }

  /** The handle of a request that may recall, or why it may not. */
  #handleOf({ header }: RecallCall): RecallHandle | Refusal {
    const { config, topics, identity, clock } = this.#parts;
    if (!config.recallMessageEnable)
      return new Refusal(
        ResponseCode.NO_PERMISSION,
        'recall failed, operation is forbidden; allow it with recallMessageEnable=true',
      );
    if (!Perm.isWriteable(config.brokerPermission) && !config.allowRecallWhenBrokerNotWriteable)
      return new Refusal(ResponseCode.SERVICE_NOT_AVAILABLE, 'recall failed, broker service not available');
    if (topics.get(header.topic) === undefined)
      return new Refusal(ResponseCode.TOPIC_NOT_EXIST, `recall failed, the topic[${header.topic}] not exist`);
    const handle = decodeRecallHandle(header.recallHandle);
    const illegal = (reason: string): Refusal => new Refusal(ResponseCode.ILLEGAL_OPERATION, reason);
    if (handle === undefined) return illegal('recall handle is invalid');
    if (handle.topic !== header.topic) return illegal('recall failed, topic not match');
    if (handle.brokerName !== identity.brokerName) return illegal('recall failed, broker service not available');
    const leftMs = handle.timestamp - clock.now();
    if (leftMs <= 0 || leftMs >= config.timerMaxDelaySec * 1000) return illegal('recall failed, timestamp invalid');
    const separators = handle.messageId.includes(PROPERTY_NAME_END) || handle.messageId.includes(PROPERTY_END);
    return separators || handle.messageId === '' ? illegal('recall handle is invalid') : handle;
  }

  #properties({ header }: RecallCall, { topic, messageId, timestamp }: RecallHandle): PropertyTable {
    const { config, clock } = this.#parts;
    const key = config.appendTopicForTimerDeleteKey ? `${topic}+${messageId}` : messageId;
    const group = header.producerGroup ?? '';
    const pairs: (readonly [string, string])[] = [
      [MessageProperty.TIMER_DEL_UNIQKEY, key],
      [MessageProperty.UNIQ_CLIENT_MESSAGE_ID, messageId],
      [MessageProperty.TIMER_DELIVER_MS, String(timestamp)],
      [MessageProperty.BORN_TIMESTAMP, String(clock.now())],
      [MessageProperty.PRODUCER_GROUP, group.replaceAll(PROPERTY_NAME_END, '').replaceAll(PROPERTY_END, '')],
      [MessageProperty.TAGS, TAG],
    ];
    const text = pairs
      .filter(([, value]) => value !== '')
      .map(([name, value]) => name + PROPERTY_NAME_END + value + PROPERTY_END)
      .join('');
    return new PropertyTable().read(text);
  }

  #input({ connection }: RecallCall, { topic, messageId }: RecallHandle): RecordInput {
    return {
      ...{ topic, queueId: 0, flag: 0, sysFlag: 0, reconsumeTimes: 0, preparedTransactionOffset: 0 },
      bornTimestamp: this.#parts.clock.now(),
      bornHost: encodeHost(connection.remote),
      storeHost: this.#storeHost,
      body: BODY,
      properties: '',
      charset: 'utf8',
      tagsCode: tagCode(TAG),
      delayMs: undefined,
      uniqueKey: messageId,
      keys: '',
      tags: TAG,
    };
  }
}
