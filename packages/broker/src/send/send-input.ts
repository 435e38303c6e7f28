import { tagCode } from '@rocketmq-ts/filter';
import { MessageSysFlag, type TopicConfig } from '@rocketmq-ts/protocol';
import type { RemotingConnection } from '@rocketmq-ts/remoting';
import type { RecordInput } from '@rocketmq-ts/store';
import { encodeHost } from '../identity.ts';
import { sysFlagOfSend } from '../placement/classify.ts';
import type { SendCall } from './send-answers.ts';

/** The one record input that is reused for all sends of a kind. */
export class SendInput {
  readonly record: RecordInput;
  readonly #bornHosts = new WeakMap<RemotingConnection, Uint8Array>();

  /** `storeHost`: as it is in records. */
  constructor(storeHost: Uint8Array) {
    this.record = {
      topic: '',
      queueId: 0,
      flag: 0,
      sysFlag: 0,
      bornTimestamp: 0,
      bornHost: storeHost,
      storeHost,
      reconsumeTimes: 0,
      preparedTransactionOffset: 0,
      body: Buffer.alloc(0),
      properties: '',
      charset: 'utf8',
      tagsCode: 0,
      delayMs: undefined,
      uniqueKey: '',
      keys: '',
      tags: '',
    };
  }

  /** Everything that does not come from the properties. */
  fill(call: SendCall, topic: TopicConfig, queueId: number): RecordInput {
    const { record } = this;
    const { header } = call;
    record.topic = topic.topicName;
    record.queueId = queueId;
    record.flag = header.flag;
    record.sysFlag = sysFlagOfSend(header.sysFlag);
    if (topic.topicFilterType === 'MULTI_TAG') record.sysFlag |= MessageSysFlag.MULTI_TAGS;
    record.bornTimestamp = header.bornTimestamp;
    record.bornHost = this.#bornHost(call.connection);
    record.reconsumeTimes = header.reconsumeTimes;
    record.body = call.body;
    return record;
  }

  /** The peer's real address, also behind a PROXY preface: as Apache stores it. */
  #bornHost(connection: RemotingConnection): Uint8Array {
    let host = this.#bornHosts.get(connection);
    if (host === undefined) {
      host = encodeHost(connection.remote);
      this.#bornHosts.set(connection, host);
    }
    return host;
  }
}

/** Fills what the index and filters by tags use of the properties. */
export function fillIndexed(
  record: RecordInput,
  uniqueKey: string | undefined,
  keys: string | undefined,
  tags: string | undefined,
): void {
  record.uniqueKey = uniqueKey ?? '';
  record.keys = keys ?? '';
  record.tags = tags ?? '';
  record.tagsCode = tagCode(tags);
}
