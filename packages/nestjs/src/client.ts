import { ClientProxy, type ReadPacket, type WritePacket } from '@nestjs/microservices';
import { Producer, type SendResult } from '@rocketmq-ts/client';
import type { Observable } from 'rxjs';
import { defaultBodyFormat } from './body-format.ts';
import { type ClientPlace, takePlace } from './client-place.ts';
import { nestLogger } from './nest-logger.ts';
import { producerOptionsOf, type RocketmqClientOptions } from './options.ts';
import { outgoingRecord } from './record.ts';
import { answerOf } from './reply.ts';
import type { RocketmqStatus } from './transport.ts';

const REPLY_TIMEOUT_MS = 3000;

/**
 * Sends to RocketMQ: `emit` a message, whose observable gives its `SendResult` once a broker has stored it, and `send` a request, whose
 * observable gives the values of the handler that replies, or fails with its error.
 *
 * ```ts
 * ClientsModule.register([
 *   { name: 'ORDERS', customClass: RocketmqClient, options: { namesrvAddr: '127.0.0.1:9876', producerGroup: 'shop' } },
 * ]);
 * client.emit({ topic: 'Orders', tags: 'created' }, { id: 7 });
 * const price = await firstValueFrom(client.send('Prices', 'apples'));
 * ```
 *
 * A pattern is a topic, or a topic with a tag; data may be a `RocketmqRecord`. Observables fail with what the client's `Producer`
 * rejects with (ClientError, BrokerError).
 */
export class RocketmqClient extends ClientProxy {
  readonly #options: RocketmqClientOptions;
  #producer: Producer;
  /** Undefined while it is not started. */
  #starting: Promise<void> | undefined;
  #place: ClientPlace | undefined;
  #closing: Promise<void> | undefined;

  /** Connects to nothing yet. Throws ClientError as the constructor of `Producer` does. */
  constructor(options: RocketmqClientOptions) {
    super();
    this.#options = options;
    this.#producer = this.#newProducer(undefined);
  }

  override get status(): Observable<RocketmqStatus> {
    return super.status as Observable<RocketmqStatus>;
  }

  /** Starts the producer, unless it runs. `emit` and `send` do so by themselves. */
  async connect(): Promise<void> {
    this.#starting ??= this.#start();
    await this.#starting;
  }

  /** Lets sends that are under way end, and leaves. A later `emit` or `send` connects again, with a new producer. */
  async close(): Promise<void> {
    const starting = this.#starting;
    if (starting === undefined) return await this.#closing;
    this.#starting = undefined;
    this.#closing = this.#leave();
    await this.#closing;
  }

  /** The client's `Producer`: that of the last connection, or of the next one. */
  unwrap<T = Producer>(): T {
    return this.#producer as T;
  }

  async #start(): Promise<void> {
    await this.#closing;
    this.#place = takePlace(this.#options);
    this.#producer = this.#newProducer(this.#place);
    try {
      await this.#producer.start();
    } catch (error) {
      this.#starting = undefined;
      this.#place.release();
      throw error;
    }
    this._status$.next('connected');
  }

  async #leave(): Promise<void> {
    await this.#producer.stop();
    this.#place?.release();
    this._status$.next('closed');
  }

  #newProducer(place: ClientPlace | undefined): Producer {
    return new Producer({
      logger: nestLogger('RocketmqClient'),
      ...producerOptionsOf(this.#options),
      ...place?.options,
    });
  }

  protected override publish(packet: ReadPacket, callback: (packet: WritePacket) => void): () => void {
    const ended = new AbortController();
    this.#request(packet, ended.signal).then(
      (answer) => {
        if ('error' in answer) return callback({ err: answer.error, isDisposed: true });
        for (const response of answer.values) callback({ response });
        callback({ isDisposed: true });
      },
      (err) => callback({ err, isDisposed: true }),
    );
    return () => ended.abort();
  }

  async #request(packet: ReadPacket, signal: AbortSignal): Promise<ReturnType<typeof answerOf>> {
    const { format = defaultBodyFormat, replyTimeoutMs = REPLY_TIMEOUT_MS } = this.#options;
    const { message, call } = outgoingRecord(packet, format);
    const { retryChosen: _retry, ...choice } = call;
    const reply = await this.#producer.request(message, {
      ...choice,
      timeoutMs: call.timeoutMs ?? replyTimeoutMs,
      signal,
    });
    return answerOf(reply, format);
  }

  protected override async dispatchEvent<T = SendResult>(packet: ReadPacket): Promise<T> {
    const { message, call } = outgoingRecord(packet, this.#options.format ?? defaultBodyFormat);
    return (await this.#producer.send(message, call)) as T;
  }
}
