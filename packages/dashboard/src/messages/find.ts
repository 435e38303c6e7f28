import type { MessageView } from '@rocketmq-ts/admin';
import type { DecodedId, MessageRow, MessagesFound, QueueMessages } from '../api/index.ts';
import { ConsoleError } from '../errors.ts';
import { byStoreTime } from '../queues/slice.ts';
import { BrokerCalls } from '../targets/broker-calls.ts';
import { addressesOf, allBrokers, type BrokerTarget } from '../targets/broker-target.ts';
import { missingBrokers } from '../targets/missing.ts';
import { knownPlaceOf, type Looked } from '../targets/topic-place.ts';
import { decodeId } from './ids.ts';
import { messageRow } from './rows.ts';

/** A message with the broker that has it. */
export interface FoundMessage {
  readonly message: MessageView;
  readonly brokerName: string;
  /** The address that it was read from. */
  readonly address: string;
}

/** Most that one broker's index is asked for; Apache's brokers answer 64 at most. */
const MAX_BY_KEY = 64;
const DEFAULT_COUNT = 20;

/** Finds messages by id, key and place; brokers that can't be asked are in `calls`. */
export class MessageFinder {
  readonly calls = new BrokerCalls();
  readonly #place: Looked;
  readonly #nowMs: number;
  #hasAnswer = false;

  constructor(place: Looked, nowMs: number) {
    this.#place = place;
    this.#nowMs = nowMs;
  }

  /**
   * By offset id, or by unique key where there is a topic; oldest first. Only brokers of the cluster are asked: the address
   * inside an id is whatever the user typed.
   */
  async byId(topic: string | undefined, id: string): Promise<{ id: DecodedId; found: readonly FoundMessage[] }> {
    const brokers = await allBrokers(this.#place.admin);
    this.calls.add(missingBrokers(this.#place.model, brokers));
    const addresses = addressesOf(brokers);
    const decoded = decodeId(id, this.#nowMs, (address) => addresses.has(address));
    if (decoded.asOffsetId !== undefined) {
      const { address, physicalOffset } = decoded.asOffsetId;
      // First where it says; then everywhere: a broker may have got another address, or only a slave of it be left.
      const first = brokers.filter((broker) => addressesOf([broker]).has(address));
      const others = brokers.filter((broker) => !first.includes(broker));
      const candidates = first.length > 0 ? first : others;
      for (const broker of candidates) {
        const message = await this.#at(broker, topic ?? '', physicalOffset, id);
        if (message !== undefined) return { id: { ...decoded, kind: 'OFFSET' }, found: [message] };
      }
    }
    return { id: decoded, found: topic === undefined ? [] : await this.byKey({ topic, key: id, unique: true }) };
  }

  /** Messages with a key, oldest first. */
  async byKey(query: {
    readonly topic: string;
    readonly key: string;
    readonly unique?: boolean;
    readonly beginMs?: number | undefined;
    readonly endMs?: number | undefined;
  }): Promise<FoundMessage[]> {
    const { topic, key, unique = false, beginMs = 0, endMs = Number.MAX_SAFE_INTEGER } = query;
    const wanted = { topic, key, unique, maxNum: MAX_BY_KEY, beginTimestampMs: beginMs, endTimestampMs: endMs };
    const { having: brokers, missing } = await knownPlaceOf(this.#place, topic);
    this.calls.add(missing);
    const answers = await this.calls.askEach(brokers, (address) =>
      this.#place.admin.queryMessageInBroker(address, wanted),
    );
    this.#hasAnswer ||= answers.length > 0;
    return answers
      .flatMap(({ broker: { brokerName }, address, value }) =>
        value.map((message) => ({ message, brokerName, address })),
      )
      .sort((a, b) => byStoreTime(placeOf(a), placeOf(b)));
  }

  /** The one that a page is about: the newest of those with this id. Throws NOT_FOUND. */
  async one(topic: string, id: string): Promise<{ id: DecodedId; one: FoundMessage; others: readonly FoundMessage[] }> {
    const { id: decoded, found } = await this.byId(topic, id);
    const one = found.at(-1);
    if (one !== undefined) return { id: decoded, one, others: found.slice(0, -1) };
    const { failures } = this.calls;
    const failed = failures
      .map(({ brokerName, address, message }) => `${brokerName ?? address}: ${message}`)
      .join('; ');
    if (failed === '')
      throw new ConsoleError(
        'NOT_FOUND',
        `topic ${topic} has no message ${id}: it may have expired, or be of another topic`,
      );
    if (!this.#hasAnswer) throw new ConsoleError('CLUSTER_UNREACHABLE', `no broker answered; ${failed}`);
    const sentence = `no broker that answered has message ${id} of topic ${topic}; without an answer: ${failed}`;
    throw new ConsoleError('NOT_FOUND', sentence, { brokers: failures });
  }

  async #at(
    broker: BrokerTarget,
    topic: string,
    physicalOffset: number,
    id: string,
  ): Promise<FoundMessage | undefined> {
    return this.calls.ask(broker, async (address) => {
      const message = await this.#place.admin.messageAtPhysicalOffset(address, topic, physicalOffset);
      const isIt = message !== undefined && message.offsetMsgId.toUpperCase() === id.toUpperCase();
      return isIt ? { message, brokerName: broker.brokerName, address } : undefined;
    });
  }
}

function placeOf({ message, brokerName }: FoundMessage): Parameters<typeof byStoreTime>[0] {
  const { queueId, queueOffset } = message;
  return { storeTimestampMs: message.storeTimestamp, brokerName, queueId, queueOffset };
}

/** As tables show them, the newest first. */
export function rowsOf(found: readonly FoundMessage[]): MessageRow[] {
  return found.map(({ message, brokerName }) => messageRow(message, brokerName)).reverse();
}

/** Answer of a search by id. */
export async function messagesById(
  place: Looked,
  query: { readonly topic?: string | undefined; readonly id: string },
  nowMs: number,
): Promise<MessagesFound> {
  const finder = new MessageFinder(place, nowMs);
  const { id, found } = await finder.byId(query.topic, query.id.trim());
  return { rows: rowsOf(found), failures: finder.calls.failures, id };
}

/** Messages of one queue from an offset on. Throws NOT_FOUND. */
export async function messagesOfQueue(
  place: Looked,
  query: {
    readonly topic: string;
    readonly brokerName: string;
    readonly queueId: number;
    readonly offset?: number | undefined;
    readonly count?: number | undefined;
  },
): Promise<QueueMessages> {
  const { topic, brokerName, queueId, count = DEFAULT_COUNT } = query;
  // System topics of brokers have no route at some name servers.
  const { admin } = place;
  const brokers = await allBrokers(place.admin);
  const broker = brokers.find((each) => each.brokerName === brokerName);
  if (broker === undefined) throw new ConsoleError('NOT_FOUND', `the cluster has no broker ${brokerName}`);
  const calls = new BrokerCalls();
  const answer = await calls.ask(broker, async (address) => {
    const minOffset = await admin.minOffset(address, topic, queueId);
    const maxOffset = await admin.maxOffset(address, topic, queueId);
    const from = Math.max(minOffset, query.offset ?? maxOffset - count);
    const rows: MessageRow[] = [];
    let next = from;
    const end = Math.min(from + count, maxOffset);
    while (next < end) {
      const piece = await admin.readQueue({ address, topic, queueId, from: next, count: end - next });
      rows.push(...piece.messages.map((message) => messageRow(message, brokerName)));
      next = piece.next;
    }
    return { rows, minOffset, maxOffset, next };
  });
  if (answer === undefined) throw new ConsoleError('CLUSTER_UNREACHABLE', calls.failures[0]!.message);
  return answer;
}
