import { Producer, type SendResult } from '@rocketmq-ts/client';
import { KyselyDatabase } from './database/kysely-database.ts';
import { openEngine } from './database/open.ts';
import type { NewMessage } from './database/port.ts';
import { MessageLostError, MessageSavedError, SenderError, type UnsentMessage } from './errors.ts';
import { type MqMessageSenderOptions, resolveSenderOptions, type SenderSettings } from './options.ts';
import { Outbox } from './outbox.ts';
import { Resender } from './resend/resender.ts';
import { deliver, failureKind } from './send/deliver.ts';
import { LaneOrder, laneOf } from './send/lane.ts';
import { keptOptions, requireKnownOptions, type SendMsgOptions } from './send/message-options.ts';
import { Saves } from './send/save.ts';

/** A message that was saved in a transaction. */
export interface SavedInTransaction {
  readonly outboxId: number;
  readonly uniqueKey: string;
}

/** A message with its place. */
interface Prepared extends UnsentMessage, NewMessage {
  readonly body: Buffer;
  readonly keyed: boolean;
}

/** What a call has. */
interface GivenMessage {
  readonly topic: string;
  readonly tags: string | undefined;
  readonly keys: string | undefined;
  readonly body: string | Uint8Array;
}

/** Producer groups and instance names of the senders that run in this process. */
const running = new Set<string>();

/**
 * Sends messages, and saves what it cannot send to a database, from where it is sent as soon as the service answers. One
 * instance a process, one producer group an application.
 *
 * ```ts
 * await using sender = await MqMessageSender.start({
 *   producerGroup: 'orders',
 *   namesrvAddr: 'localhost:9876',
 *   database: { kind: 'sqlite', file: 'outbox.db' },
 * });
 * await sender.sendMsg('Orders', 'created', orderId, JSON.stringify(order));
 * ```
 */
export class MqMessageSender implements AsyncDisposable {
  /** What is saved, by this process and those that share the database. */
  readonly outbox: Outbox;
  readonly #settings: SenderSettings;
  readonly #name: string;
  readonly #database: KyselyDatabase;
  readonly #producer: Producer;
  readonly #saves: Saves;
  readonly #resender: Resender;
  readonly #order = new LaneOrder();
  readonly #pending = new Set<Promise<unknown>>();
  #stopped: Promise<void> | undefined;
  /** Why a save had no answer while the sender stopped: those behind it do not wait for the database once more. */
  #unsavable: unknown;

  private constructor(settings: SenderSettings, name: string, producer: Producer, database: KyselyDatabase) {
    const { platform, orderByKey } = settings;
    this.#settings = settings;
    this.#name = name;
    this.#database = database;
    this.#producer = producer;
    this.outbox = new Outbox(database);
    this.#saves = new Saves({ ...settings, clock: platform.clock, database });
    this.#resender = new Resender({
      ...settings,
      database,
      send: (message) => deliver(producer, message, orderByKey),
      savesBegun: () => this.#saves.begun,
      seenEmpty: () => this.#saves.seenEmpty(),
    });
  }

  /**
   * Opens the database, makes its tables if they are missing, and begins to send what is saved. Needs no name server or broker
   * yet. Rejects with SenderError `OPTION_ILLEGAL`, `ALREADY_RUNNING`, `DRIVER_MISSING`, `DATABASE_TOO_NEW`, `DATABASE_FAILED`, or as
   * the constructor of `Producer` throws.
   */
  static async start(options: MqMessageSenderOptions): Promise<MqMessageSender> {
    const settings = resolveSenderOptions(options);
    const producer = new Producer(settings.producer);
    const name = `${options.producerGroup} ${options.instanceName ?? ''}`.trim();
    if (running.has(name)) throw new SenderError('ALREADY_RUNNING', `The sender of group ${name} runs already.`);
    running.add(name);
    try {
      const { clock } = settings.platform;
      const database = new KyselyDatabase(await openEngine(settings.database, clock), clock);
      const sender = new MqMessageSender(settings, name, producer, database);
      try {
        if ((await database.count()) === 0) sender.#saves.seenEmpty();
        await producer.start();
      } catch (error) {
        await database.close();
        throw error;
      }
      if (settings.resend) sender.#resender.start();
      return sender;
    } catch (error) {
      running.delete(name);
      throw error;
    }
  }

  /**
   * Sends a message and resolves when a broker has stored it. `tags`: one tag or none; `keys`: what it is about, e.g. an order's
   * id; `options`: properties and a delay. Messages of one topic and key follow one another, in the order of the calls.
   *
   * Rejects with `MessageSavedError` when it was not sent, or nobody knows whether it was: it is in the database and is sent later
   * under the same unique key. Rejects with `MessageLostError` when it could not be saved either. Rejects with ClientError
   * `MESSAGE_ILLEGAL` or `NAME_ILLEGAL`, SenderError `OPTION_ILLEGAL`, `TOO_MANY_SENDS` or `WRONG_STATE` before anything is sent or saved.
   */
  async sendMsg(
    topic: string,
    tags: string | undefined,
    keys: string | undefined,
    body: string | Uint8Array,
    options: SendMsgOptions = {},
  ): Promise<SendResult> {
    const message = this.#prepare({ topic, tags, keys, body }, options);
    const { maxPendingSends } = this.#settings;
    if (this.#pending.size >= maxPendingSends) {
      throw new SenderError('TOO_MANY_SENDS', `${maxPendingSends} sends are under way or wait for their turn.`);
    }
    const sending = message.keyed ? this.#order.run(message.lane, () => this.#send(message)) : this.#send(message);
    this.#pending.add(sending);
    try {
      return await sending;
    } finally {
      this.#pending.delete(sending);
    }
  }

  /**
   * Saves a message in the caller's transaction: it is sent once that commits, and never if it does not. `transaction` is the
   * handle on which the transaction was begun: `DatabaseSync`, a client of `pg`, a connection of `mysql2`, or a transaction of
   * Kysely, of the database that the sender uses. Rejects with SenderError `NO_TRANSACTION`, `OPTION_ILLEGAL`, `OUTBOX_FULL`, `DATABASE_FAILED`,
   * `WRONG_STATE`, or ClientError `MESSAGE_ILLEGAL` or `NAME_ILLEGAL`; then roll the transaction back.
   */
  async saveInTransaction(
    transaction: unknown,
    topic: string,
    tags: string | undefined,
    keys: string | undefined,
    body: string | Uint8Array,
    options: SendMsgOptions = {},
  ): Promise<SavedInTransaction> {
    const message = this.#prepare({ topic, tags, keys, body }, options);
    const outboxId = await this.#saves.saveIn(transaction, message);
    this.#resender.expect();
    return { outboxId, uniqueKey: message.uniqueKey };
  }

  /**
   * Takes no more messages. Sends that are under way end, those that wait for their turn are saved (once the database has not
   * answered within `saveTimeoutMs`, the others reject with `MessageLostError` at once), claims are freed, connections are closed. May
   * be called again.
   */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  /** The same as `stop`. */
  shutdown(): Promise<void> {
    return this.stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #stop(): Promise<void> {
    try {
      await Promise.allSettled([...this.#pending]);
      await this.#resender.stop();
      await this.#producer.stop();
    } finally {
      await this.#database.close();
      running.delete(this.#name);
    }
  }

  #prepare({ topic, tags, keys, body: given }: GivenMessage, options: SendMsgOptions): Prepared {
    if (this.#stopped !== undefined)
      throw new SenderError('WRONG_STATE', `The sender of group ${this.#name} is stopped.`);
    requireKnownOptions(options);
    const message = {
      topic,
      tags: tags === '' ? undefined : (tags ?? undefined),
      keys: keys === '' ? undefined : (keys ?? undefined),
      body: given,
      uniqueKey: this.#producer.nextUniqueKey(),
    };
    this.#producer.requireSendable({ ...message, ...options });
    const kept = keptOptions(options, this.#settings.platform.clock.now());
    const body = Buffer.from(given as Uint8Array);
    return { ...message, ...kept, body, ...laneOf(message, this.#settings.orderByKey) };
  }

  async #send(message: Prepared): Promise<SendResult> {
    let failure: unknown;
    if (this.#stopped !== undefined && message.keyed) {
      failure = new SenderError('WRONG_STATE', 'The sender stopped before it was the turn of the message.');
    } else if (message.keyed && (await this.#saves.areSaved(message.lane))) {
      const text = `Messages of topic ${message.topic} and key ${JSON.stringify(message.keys)} are saved and not sent yet.`;
      failure = new SenderError('WAITS_BEHIND', text);
    } else {
      try {
        const result = await deliver(this.#producer, message, this.#settings.orderByKey);
        this.#resender.answered(message.topic);
        return result;
      } catch (error) {
        failure = error;
      }
    }
    return await this.#save(message, failure);
  }

  /** Never resolves. */
  async #save(message: Prepared, failure: unknown): Promise<never> {
    const { lane: _lane, keyed: _keyed, ...unsent } = message;
    // The same message would be refused each time and hold up those behind it.
    if (failureKind(failure) === 'illegal') throw failure;
    if (this.#unsavable !== undefined) throw new MessageLostError(unsent, failure, this.#unsavable);
    let outboxId: number;
    try {
      outboxId = await this.#saves.save(message);
    } catch (saveFailure) {
      const hasNoAnswer = saveFailure instanceof SenderError && saveFailure.code === 'SAVE_TIMEOUT';
      if (this.#stopped !== undefined && hasNoAnswer) this.#unsavable = saveFailure;
      throw new MessageLostError(unsent, failure, saveFailure);
    }
    this.#resender.expect();
    throw new MessageSavedError(unsent, outboxId, failure);
  }
}
