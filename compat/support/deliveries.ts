import { createHash } from 'node:crypto';
import type { MessageExt } from '@rocketmq-ts/client';

/** A message as any consumer of these tests saw it; of Java and Go programs one RECV line. */
export interface Delivery {
  readonly msgId: string;
  readonly queueId: number;
  readonly queueOffset: number;
  readonly reconsumeTimes: number;
  readonly topic: string;
  readonly tags: string;
  readonly keys: string;
  readonly bodyHash: string;
}

/** An accepted message; of Java and Go programs one SENT line. A batch is one, with ids joined by commas. */
export interface Acceptance {
  readonly msgId: string;
  readonly offsetMsgId: string;
  readonly queueId: number;
  readonly queueOffset: number;
  readonly status: string;
  readonly bodyHash: string;
}

export function deliveriesOf(output: string): Delivery[] {
  return linesOf(output, 'RECV').map(([msgId, queueId, queueOffset, reconsumeTimes, topic, tags, keys, bodyHash]) => ({
    msgId: msgId!,
    queueId: Number(queueId),
    queueOffset: Number(queueOffset),
    reconsumeTimes: Number(reconsumeTimes),
    topic: topic!,
    tags: tags!,
    keys: keys!,
    bodyHash: bodyHash!,
  }));
}

export function acceptancesOf(output: string): Acceptance[] {
  return linesOf(output, 'SENT').map(([msgId, offsetMsgId, queueId, queueOffset, status, bodyHash]) => ({
    msgId: msgId!,
    offsetMsgId: offsetMsgId!,
    queueId: Number(queueId),
    queueOffset: Number(queueOffset),
    status: status!,
    bodyHash: bodyHash!,
  }));
}

/** Words of the lines that begin with `kind`. */
export function linesOf(output: string, kind: string): string[][] {
  return output
    .split('\n')
    .filter((line) => line.startsWith(`${kind} `))
    .map((line) => line.split(' ').slice(1));
}

export function deliveryOf(message: MessageExt): Delivery {
  return {
    msgId: message.msgId,
    queueId: message.queueId,
    queueOffset: message.queueOffset,
    reconsumeTimes: message.reconsumeTimes,
    topic: message.topic,
    tags: message.tags ?? '-',
    keys: message.keys.join('_') || '-',
    bodyHash: hashOf(message.body),
  };
}

/** As the Java programs print it. Source: compat/src/main/java/compat/Lines.java. */
export function hashOf(body: string | Uint8Array): string {
  return createHash('sha256').update(body).digest('hex').slice(0, 16);
}

/** The body that the Java producer makes for message `index` of its run. */
export function bodyOf(prefix: string, index: number, bytes: number): Buffer {
  return Buffer.alloc(bytes, `${prefix}-${index}-`);
}

/** Sorted copies, so that two deliveries compare whatever their order. */
export function hashes(messages: readonly { readonly bodyHash: string }[]): string[] {
  return messages.map(({ bodyHash }) => bodyHash).sort();
}
