import { asError, RepeatedLines } from '@rocketmq-ts/kernel';
import { PropertySlot, type PropertyTable, ResponseCode, SEND_MESSAGE_V2, SystemTopic } from '@rocketmq-ts/protocol';
import type { PutMessageStatus, PutTicket, RecordInput } from '@rocketmq-ts/store';
import type { BrokerConfig } from '../config-table.ts';
import { sysFlagOfSend } from '../placement/classify.ts';
import type { PlacedKind } from '../placement/place.ts';
import { readRealPlace } from '../placement/real-place.ts';
import type { RemotePlace } from '../placement/remote-place.ts';
import type { BrokerRole } from '../role/broker-role.ts';
import { RemoteMasters, type RemoteMastersParts } from './remote-masters.ts';

const { REAL_TOPIC, REAL_QID, DELAY, TRAN_MSG, WAIT, PGROUP } = PropertySlot;
const { TIMER_OUT_MS, TIMER_DELIVER_MS, TIMER_DELAY_MS, TIMER_DELAY_SEC, START_DELIVER_TIME } = PropertySlot;

/** Source: EscapeBridge#SEND_TIMEOUT. */
const TIMEOUT_MS = 3000;
/** Messages on their way, and bytes of their bodies; one more waits for its next turn. */
const MOST_UNDER_WAY = 1024;
const MOST_BYTES = 64 * 1024 * 1024;
/** The message is in the other master's log, whatever else it waited for. */
const STORED: ReadonlySet<number> = new Set<number>([
  ResponseCode.SUCCESS,
  ResponseCode.FLUSH_DISK_TIMEOUT,
  ResponseCode.SLAVE_NOT_AVAILABLE,
  ResponseCode.FLUSH_SLAVE_TIMEOUT,
]);

export interface EscapeParts extends RemoteMastersParts {
  readonly config: Pick<BrokerConfig, 'enableSlaveActingMaster' | 'enableRemoteEscape'>;
  readonly role: BrokerRole;
}

/** A message as a producer would send it. */
interface Outgoing {
  readonly topic: string;
  readonly producerGroup: string;
  readonly properties: string;
  readonly body: Buffer;
  readonly input: RecordInput;
}

/**
 * What a slave that acts as master moves is stored at another master of the cluster, with `enableRemoteEscape`: its own log is a
 * copy of its master's. The other master gets it as from a producer, and decides where it is stored first. A message whose
 * send is not answered is sent again, so it may come twice, and is never lost. Source: EscapeBridge#putMessage.
 */
export class Escape implements RemotePlace {
  readonly #parts: EscapeParts;
  readonly #masters: RemoteMasters;
  readonly #innerGroup: string;
  readonly #lines: RepeatedLines;
  #underWay = 0;
  #bytes = 0;

  constructor(parts: EscapeParts) {
    this.#parts = parts;
    this.#masters = new RemoteMasters(parts);
    this.#innerGroup = `InnerProducerGroup_${parts.identity.brokerName}_${parts.role.brokerId}`;
    this.#lines = new RepeatedLines(parts.logger);
  }

  get where(): RemotePlace['where'] {
    const { role, config } = this.#parts;
    if (!role.isSlave) return 'own';
    return config.enableSlaveActingMaster && config.enableRemoteEscape && role.actsAsMaster ? 'remote' : 'none';
  }

  put(input: RecordInput, properties: PropertyTable, kind: PlacedKind, ticket: PutTicket): PutMessageStatus {
    if (this.#underWay >= MOST_UNDER_WAY || this.#bytes >= MOST_BYTES) return 'SERVICE_NOT_AVAILABLE';
    const topic = asProduced(input, properties, kind);
    if (topic === undefined) return 'MESSAGE_ILLEGAL';
    const outgoing: Outgoing = {
      ...{ topic, input },
      producerGroup: properties.value(PGROUP) || this.#innerGroup,
      properties: Buffer.from(properties.text(), properties.charset).toString('utf8'),
      // The bytes of the record are lent until this call returns.
      body: Buffer.from(input.body),
    };
    const { length } = outgoing.body;
    this.#underWay += 1;
    this.#bytes += length;
    const { clock } = this.#parts;
    const beganMs = clock.monotonicMs();
    void this.#send(outgoing).then((status) => {
      this.#underWay -= 1;
      this.#bytes -= length;
      ticket.stored(status, Math.floor(clock.monotonicMs() - beganMs));
    });
    return 'PUT_OK';
  }

  async #send({ topic, producerGroup, properties, body, input }: Outgoing): Promise<PutMessageStatus> {
    const queue = await this.#masters.queueFor(topic);
    if (queue === undefined) return this.#failed(topic, 'no other master of this cluster is known');
    const { queueId, address } = queue;
    const { flag, bornTimestamp, reconsumeTimes } = input;
    const header = {
      ...{ producerGroup, topic, queueId, flag, bornTimestamp, reconsumeTimes, properties },
      sysFlag: sysFlagOfSend(input.sysFlag),
      defaultTopicQueueNums: DEFAULT_QUEUES,
    };
    try {
      const options = { timeoutMs: TIMEOUT_MS, body };
      const { code, remark } = await this.#parts.client.request(address, SEND_MESSAGE_V2, header, options);
      if (STORED.has(code)) return 'PUT_OK';
      const status = this.#failed(topic, `${queue.brokerName} answers code ${code}, ${remark}`);
      return code === ResponseCode.MESSAGE_ILLEGAL ? 'MESSAGE_ILLEGAL' : status;
    } catch (error) {
      return this.#failed(topic, asError(error).message);
    }
  }

  #failed(topic: string, because: string): PutMessageStatus {
    const { clock } = this.#parts;
    this.#masters.failed(topic);
    const sentence = 'a message of the absent master is not taken by another master; it is tried again';
    this.#lines.sweep(clock.monotonicMs());
    this.#lines.log(topic, clock.monotonicMs(), 'warn', sentence, { topic, because });
    return 'SERVICE_NOT_AVAILABLE';
  }
}

/** Queues of a topic that the other master makes. Source: BrokerOuterAPI#buildSendMessageRequestHeaderV2. */
const DEFAULT_QUEUES = 8;

/**
 * The topic that a message is for; its properties become those that a producer sends for it: half of a transaction, for a time
 * of its own, after a delay, or for now. Undefined when it names no topic.
 */
function asProduced(input: RecordInput, properties: PropertyTable, kind: PlacedKind): string | undefined {
  const waits = input.topic === SystemTopic.TRANS_HALF || input.topic === SystemTopic.WHEEL_TIMER;
  const place = waits ? readRealPlace(properties) : input;
  if (typeof place === 'string') return undefined;
  if (input.topic === SystemTopic.TRANS_HALF) properties.set(TRAN_MSG, 'true');
  else properties.remove(TRAN_MSG);
  if (input.topic === SystemTopic.WHEEL_TIMER) {
    const deliverMs = properties.value(TIMER_OUT_MS) ?? '0';
    for (const slot of [TIMER_OUT_MS, TIMER_DELAY_MS, TIMER_DELAY_SEC, START_DELIVER_TIME]) properties.remove(slot);
    properties.set(TIMER_DELIVER_MS, deliverMs);
  }
  if (kind.delayLevel > 0) properties.set(DELAY, String(kind.delayLevel));
  else properties.remove(DELAY);
  properties.remove(REAL_TOPIC);
  properties.remove(REAL_QID);
  // Its outcome is waited for in any case.
  properties.set(WAIT, 'false');
  return place.topic;
}
