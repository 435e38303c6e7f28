import {
  decodeReadableMessages,
  FrameReader,
  LITE_PULL_MESSAGE,
  type MessageView,
  POP_MESSAGE,
  PULL_MESSAGE,
  type RemotingFrame,
  ResponseCode,
} from '@rocketmq-ts/protocol';
import type { Tap } from '../network/machine-network.ts';

const ASKS_FOR_MESSAGES: ReadonlySet<number> = new Set([PULL_MESSAGE.code, LITE_PULL_MESSAGE.code, POP_MESSAGE.code]);
/** Requests of one connection whose answers are awaited; a client has far fewer. */
const MOST_REQUESTS = 10_000;

/**
 * Reads along on a connection between a client and a broker, and reports the messages of each answer to a request for some. So it
 * sees every client, whatever its language; what is no RocketMQ (TLS, say) it leaves alone.
 */
export class DeliveryTap implements Tap {
  readonly #onDelivery: (group: string, messages: readonly MessageView[]) => void;
  readonly #requests = new FrameReader();
  readonly #answers = new FrameReader();
  /** Opaque of a request that waits for its answer, to its group. */
  readonly #groups = new Map<number, string>();
  #isReadable = true;

  constructor(onDelivery: (group: string, messages: readonly MessageView[]) => void) {
    this.#onDelivery = onDelivery;
  }

  received(chunk: Buffer): void {
    this.#read(this.#requests, chunk, (frame) => this.#onRequest(frame));
  }

  sent(chunk: Uint8Array): void {
    // The broker may use its buffer again, and a frame may need several.
    this.#read(this.#answers, Buffer.from(chunk), (frame) => this.#onAnswer(frame));
  }

  #read(reader: FrameReader, chunk: Buffer, onFrame: (frame: RemotingFrame) => void): void {
    if (!this.#isReadable) return;
    try {
      reader.push(chunk);
      for (let frame = reader.next(); frame !== undefined; frame = reader.next()) onFrame(frame);
    } catch {
      // Not for us to judge: the broker answers, or closes the connection.
      this.#isReadable = false;
      this.#requests.clear();
      this.#answers.clear();
      this.#groups.clear();
    }
  }

  #onRequest(frame: RemotingFrame): void {
    if (frame.isResponse || !ASKS_FOR_MESSAGES.has(frame.code)) return;
    const group = frame.extFields.consumerGroup;
    if (group !== undefined && this.#groups.size < MOST_REQUESTS) this.#groups.set(frame.opaque, group);
  }

  #onAnswer(frame: RemotingFrame): void {
    if (!frame.isResponse) return;
    const group = this.#groups.get(frame.opaque);
    if (group === undefined) return;
    this.#groups.delete(frame.opaque);
    if (frame.code !== ResponseCode.SUCCESS || frame.body.length === 0) return;
    this.#onDelivery(
      group,
      decodeReadableMessages(frame.body, () => {}),
    );
  }
}
