import { type Logger, sleep, type Timer } from '@rocketmq-ts/kernel';
import {
  encodeTraceRecord,
  TRACE_INSTANCE_NAME,
  TRACE_PRODUCER_GROUP_PREFIX,
  TRACE_TOPIC_PREFIX,
  type TraceRecord,
  withoutNamespace,
} from '@rocketmq-ts/protocol';
import type { ClientInstance } from '../instance/client-instance.ts';
import { acquireInstance, releaseInstance } from '../instance/instance-registry.ts';
import type { ProducerMember } from '../instance/members.ts';
import { prepareMessage } from '../message/outgoing.ts';
import type { ClientSettings } from '../options.ts';
import { MessageSender } from '../producer/message-sender.ts';
import { resolveSendOptions, type SendSettings } from '../producer/producer-options.ts';
import { traceLimits } from './trace-limits.ts';
import type { TraceSettings } from './trace-options.ts';
import { type TraceBatch, TraceQueue } from './trace-queue.ts';

/** Fewer reports than a message takes are sent after so long. Source: AsyncTraceDispatcher, flushTraceInterval. */
const FLUSH_INTERVAL_MS = 5000;
const SEND_TIMEOUT_MS = 5000;
const MAX_MESSAGE_BYTES = 256 * 1024;
/** How long `stop` waits at most until the last reports are sent. Source: AsyncTraceDispatcher, WAIT_FOR_SHUTDOWN. */
const STOP_MS = 5000;
/** As much of a group's name as the name of the trace producer's group has room for. */
const GROUP_CHARACTERS = 80;

/** Whose messages are traced. */
interface Traced {
  readonly group: string;
  readonly kind: 'PRODUCE' | 'CONSUME';
  readonly clientId: string;
}

/**
 * Sends reports about messages as messages of a trace topic, by a client instance of its own. Nothing here rejects or throws
 * towards the traced client. Source: AsyncTraceDispatcher.
 */
export class TraceDispatcher {
  readonly settings: TraceSettings;
  readonly #client: ClientSettings;
  readonly #traced: Traced;
  readonly #logger: Logger;
  readonly #queue = new TraceQueue();
  readonly #sendSettings: SendSettings;
  #sender: Promise<Sender | undefined> | undefined;
  #timer: Timer | undefined;
  #underWay = 0;
  #stopped = false;
  #idle: (() => void) | undefined;

  constructor(client: ClientSettings, settings: TraceSettings, traced: Traced) {
    this.settings = settings;
    this.#client = {
      ...client,
      instanceName: `${TRACE_INSTANCE_NAME}_${traced.clientId.split('@')[1]}`,
      vipChannel: false,
    };
    this.#traced = traced;
    this.#logger = client.logger.named('MessageTrace');
    this.#sendSettings = resolveSendOptions({ sendTimeoutMs: SEND_TIMEOUT_MS, maxMessageBytes: MAX_MESSAGE_BYTES });
  }

  /** Whether messages of a topic are traced: not those that are traces. */
  traces(topic: string): boolean {
    return !topic.startsWith(this.settings.topic) && !topic.startsWith(TRACE_TOPIC_PREFIX);
  }

  /** With the names that the users of the namespace know. Source: SendMessageTraceHookImpl, ConsumeMessageTraceHookImpl. */
  #seen<Kind extends TraceRecord>(record: Kind): Kind {
    const { namespace } = this.#client;
    if (namespace === undefined) return record;
    const { groupName } = record;
    return {
      ...record,
      ...(groupName === undefined ? {} : { groupName: withoutNamespace(groupName, namespace) }),
      ...('topic' in record ? { topic: withoutNamespace(record.topic, namespace) } : {}),
    };
  }

  /** Adds a report about a message of `topic`; `keys` are those of the message. */
  report(topic: string, regionId: string, record: TraceRecord): void {
    if (this.#stopped) return;
    const { topic: own, accessChannel, batchNum } = this.settings;
    const keys = 'keys' in record && record.keys !== undefined ? `${record.msgId} ${record.keys}` : record.msgId;
    const traceTopic = accessChannel === 'CLOUD' ? TRACE_TOPIC_PREFIX + regionId : own;
    if (!this.#queue.add({ topic, traceTopic, text: encodeTraceRecord(this.#seen(record)), keys })) {
      this.#logger.warn('as many trace reports wait as allowed; later ones are dropped', { group: this.#traced.group });
      return;
    }
    if (this.#queue.size >= batchNum) this.#flush(false);
    this.#arm();
  }

  /** Sends what waits, no longer than so many ms, drops the rest, and leaves. */
  async stop(timeoutMs: number): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    const waitMs = Math.min(timeoutMs, STOP_MS);
    if (this.#queue.size > 0 || this.#underWay > 0) {
      const drained = new AbortController();
      this.#idle = () => drained.abort();
      this.#flush(true);
      await sleep(this.#client.platform.clock, waitMs, drained.signal);
    }
    const { group } = this.#traced;
    const reports = this.#queue.clear();
    if (reports > 0) this.#logger.warn('trace reports were not sent before the client stopped', { group, reports });
    try {
      await (await this.#sender)?.close();
    } catch (error) {
      this.#logger.warn('the client of trace reports did not stop in order', { group, error });
    }
  }

  #arm(): void {
    if (this.#queue.size === 0 || this.#stopped) return;
    this.#timer ??= this.#client.platform.clock.after(FLUSH_INTERVAL_MS, () => {
      this.#timer = undefined;
      this.#flush(true);
      this.#arm();
    });
  }

  /** Sends whole messages; with `all` the rest too. */
  #flush(all: boolean): void {
    const { batchNum } = this.settings;
    while (this.#underWay < traceLimits.underWay && (this.#queue.size >= batchNum || (all && this.#queue.size > 0))) {
      for (const batch of this.#queue.take(batchNum)) void this.#send(batch);
    }
  }

  async #send(batch: TraceBatch): Promise<void> {
    this.#underWay++;
    try {
      this.#sender ??= this.#open();
      await (await this.#sender)?.send(batch);
    } catch (error) {
      const { group } = this.#traced;
      this.#logger.warn('trace reports could not be sent', { group, reports: batch.reports, error });
    }
    this.#underWay--;
    this.#flush(this.#stopped);
    if (this.#underWay === 0 && this.#queue.size === 0) this.#idle?.();
  }

  async #open(): Promise<Sender | undefined> {
    const { group, kind } = this.#traced;
    try {
      const instance = await acquireInstance(this.#client, false);
      const name = `${TRACE_PRODUCER_GROUP_PREFIX}-${group.slice(0, GROUP_CHARACTERS)}-${kind}`;
      return new Sender(instance, name, this.#sendSettings);
    } catch (error) {
      this.#logger.warn('messages cannot be traced', { group, error });
      this.#sender = undefined;
      return undefined;
    }
  }
}

/** The producer of trace messages. */
class Sender {
  readonly #instance: ClientInstance;
  readonly #sender: MessageSender;
  readonly #member: ProducerMember;

  constructor(instance: ClientInstance, group: string, settings: SendSettings) {
    this.#instance = instance;
    this.#sender = new MessageSender(instance, group, settings);
    // So that the routes of its topics are refreshed.
    this.#member = {
      group,
      topics: () => this.#sender.topics(),
      checkTransaction: undefined,
      awaitsReplies: () => false,
      takeReply: () => false,
    };
    if (!instance.members.producers.has(group)) instance.members.addProducer(this.#member);
  }

  async send({ traceTopic, text, keys }: TraceBatch): Promise<void> {
    const message = prepareMessage({ topic: traceTopic, body: text, keys }, MAX_MESSAGE_BYTES);
    await this.#sender.send(message, { choose: undefined, timeoutMs: SEND_TIMEOUT_MS, signal: undefined });
  }

  async close(): Promise<void> {
    this.#sender.giveUp();
    // Not unregistered: that would wait for brokers, which notice that the connection closes.
    const { producers } = this.#instance.members;
    if (producers.get(this.#member.group) === this.#member) producers.delete(this.#member.group);
    await releaseInstance(this.#instance);
  }
}
