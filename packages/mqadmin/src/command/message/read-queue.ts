import type { MessageQueue, MessageView, PulledMessages, TopicReader } from '@rocketmq-ts/admin';
import { CodedError, type ParsedOptions } from '@rocketmq-ts/kernel';
import type { MqadminErrorCode } from '../../errors.ts';
import type { CommandContext } from '../entry.ts';
import { type Decoder, timestampValue } from '../values.ts';
import { messageExtText } from './java-message.ts';
import { messageData } from './message-data.ts';

/** Messages of one pull. Source: PrintMessageSubCommand. */
const BATCH = 32;

/** From where to where a queue is read; `max` is not part of it. */
export interface QueueRange {
  readonly min: number;
  readonly max: number;
}

/** The whole queue, or what was stored between the times of options `-b` and `-e`. */
export async function rangeOf(context: CommandContext, reader: TopicReader, queue: MessageQueue): Promise<QueueRange> {
  const { options, clock } = context;
  const min = await reader.minOffset(queue);
  const max = await reader.maxOffset(queue);
  const at = async (key: string, otherwise: number): Promise<number> =>
    options.has(key) ? reader.searchOffset(queue, timestampValue(options, key, clock.now())) : otherwise;
  return { min: await at('b', min), max: await at('e', max) };
}

/**
 * Pulls a range of a queue piece by piece, so that its size does not matter, and shows each answer to `take` with the offset behind it, until
 * it returns false, the user interrupts, or a pull fails, which is reported. Returns how many messages there were.
 */
export async function readRange(
  context: CommandContext,
  reader: TopicReader,
  queue: MessageQueue,
  { min, max }: QueueRange,
  take: (pulled: PulledMessages) => boolean,
): Promise<number> {
  const tags = context.options.value('s') ?? '*';
  let count = 0;
  for (let offset = min; offset < max && !context.signal.aborted; ) {
    const pulled = await pullOrWarn(context, () => reader.pull(queue, offset, BATCH, tags));
    if (pulled === undefined) break;
    count += pulled.messages.length;
    if (!take(pulled)) break;
    if (pulled.nextBeginOffset <= offset) {
      context.warn(standsStill(queue, offset));
      break;
    }
    offset = pulled.nextBeginOffset;
  }
  return count;
}

/** Undefined, with a report, when it fails. Damaged records are reported. */
export async function pullOrWarn(
  context: CommandContext,
  pull: () => Promise<PulledMessages>,
): Promise<PulledMessages | undefined> {
  try {
    const pulled = await pull();
    for (const fault of pulled.faults) context.warn(fault);
    return pulled;
  } catch (failure) {
    context.warn(failure);
    return undefined;
  }
}

/** A broker that answers so would be asked the same for ever. */
export function standsStill({ topic, brokerName, queueId }: MessageQueue, offset: number): Error {
  return new CodedError<MqadminErrorCode>(
    'NO_PROGRESS',
    `broker ${brokerName} answers a pull of queue ${queueId} of ${topic} at ${offset} with no offset behind it; the rest is not shown`,
  );
}

/** The messages, a line each. Source: PrintMessageSubCommand#printMessage. */
export function printMessages(
  context: CommandContext,
  messages: readonly MessageView[],
  brokerName: string,
  decoder: Decoder | undefined,
): void {
  for (const message of messages) {
    const body = decoder === undefined ? 'NOT PRINT BODY' : decoder.decode(message.body);
    context.out(`MSGID: ${message.msgId} ${messageExtText(message, brokerName, true)} BODY: ${body}\n`);
    context.answer(messageData(message, { decoder, brokerName }));
  }
}

/** True without the option or with `true`, if that is the default. */
export function switchValue(options: ParsedOptions, key: string, otherwise: boolean): boolean {
  return options.has(key) ? options.text(key).toLowerCase() === 'true' : otherwise;
}
