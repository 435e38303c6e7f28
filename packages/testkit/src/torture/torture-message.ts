import { bodyCrc32 } from '@rocketmq-ts/protocol';
import type { SeededRandom } from '@rocketmq-ts/testing/simulated';

/** Who sent a message and which of this producer's messages it is; the numbers of a producer only grow. */
interface TortureMessage {
  readonly producer: number;
  readonly sequence: number;
  readonly queueId: number;
}

const HEAD_BYTES = 20;
const MAX_PADDING_BYTES = 3000;

/**
 * | offset | size | field |
 * | --- | --- | --- |
 * | 0 | 4 | CRC-32 of what follows |
 * | 4 | 4 | producer |
 * | 8 | 8 | sequence |
 * | 16 | 4 | queue that it is sent to |
 * | 20 | n | anything |
 */
export function encodeTortureBody(message: TortureMessage, random: SeededRandom): Buffer {
  const padding = random.chance(0.05) ? random.below(60_000) : random.below(MAX_PADDING_BYTES);
  const body = Buffer.allocUnsafe(HEAD_BYTES + padding);
  body.writeInt32BE(message.producer, 4);
  body.writeDoubleBE(message.sequence, 8);
  body.writeInt32BE(message.queueId, 16);
  body.fill(message.sequence & 0xff, HEAD_BYTES);
  body.writeInt32BE(bodyCrc32(body.subarray(4)), 0);
  return body;
}

/** Undefined when the bytes are not those that a producer sent. */
export function decodeTortureBody(body: Buffer): TortureMessage | undefined {
  if (body.length < HEAD_BYTES || body.readInt32BE(0) !== bodyCrc32(body.subarray(4))) return undefined;
  return { producer: body.readInt32BE(4), sequence: body.readDoubleBE(8), queueId: body.readInt32BE(16) };
}

/** A number that is unique for a message and grows with the sequence of its producer. */
export function messageNumber(message: TortureMessage): number {
  return message.producer * 1e12 + message.sequence;
}

/** For reports. */
export function describeMessageNumber(number: number): string {
  return `message ${number % 1e12} of producer ${Math.floor(number / 1e12)}`;
}
