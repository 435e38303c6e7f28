import { type MessageTrack, type MessageView, printMessageProperties } from '@rocketmq-ts/admin';
import { type Disk, formatEndpoint, javaHashCode, javaHashOrder } from '@rocketmq-ts/kernel';
import { humanTime } from '../../java-text.ts';
import type { CommandContext } from '../entry.ts';
import { writeOutputFile } from '../output-file.ts';
import type { Decoder } from '../values.ts';
import { messageData } from './message-data.ts';

/** Where Apache's tool leaves bodies too. Source: QueryMsgByIdSubCommand#createBodyFile. */
const BODY_FOLDER = '/tmp/rocketmq/msgbodys';

/** A message with its state in each group; its body is written to a file, and printed with `decoder`. */
export async function printMessage(
  context: CommandContext,
  message: MessageView,
  decoder: Decoder | undefined,
): Promise<void> {
  const path = writeBody(context.disk, message, 0);
  context.print('%-20s %s%n', 'OffsetID:', message.offsetMsgId);
  printFields(context, message, path);
  if (decoder !== undefined) context.print('%-20s %s%n', 'Message Body:', decoder.decode(message.body));
  const tracks = await printFate(context, message, '%n');
  context.answer({ ...messageData(message, { decoder: decoder ?? new TextDecoder(), bodyPath: path }), tracks });
}

/** The same as queryMsgByUniqueKey has it: one of several with one key, the first with index 0. Source: QueryMsgByUniqueKeySubCommand#showMessage. */
export async function printOneOf(context: CommandContext, message: MessageView, index: number): Promise<void> {
  const path = writeBody(context.disk, message, index);
  printFields(context, message, path);
  const tracks = await printFate(context, message, '');
  context.answer({ ...messageData(message, { decoder: new TextDecoder(), bodyPath: path }), tracks });
}

function printFields(context: CommandContext, message: MessageView, path: string): void {
  const line = (label: string, value: string | number): void => context.print('%-20s %s%n', label, value);
  line('Topic:', message.topic);
  line('Tags:', `[${message.tags ?? 'null'}]`);
  line('Keys:', `[${message.property('KEYS') ?? 'null'}]`);
  line('Queue ID:', message.queueId);
  line('Queue Offset:', message.queueOffset);
  line('CommitLog Offset:', message.physicalOffset);
  line('Reconsume Times:', message.reconsumeTimes);
  line('Born Timestamp:', humanTime(message.bornTimestamp));
  line('Store Timestamp:', humanTime(message.storeTimestamp));
  line('Born Host:', formatEndpoint(message.bornHost));
  line('Store Host:', formatEndpoint(message.storeHost));
  line('System Flag:', message.sysFlag);
  line('Properties:', printMessageProperties(message.properties));
  line('Message Body Path:', path);
}

/** Undefined where it could not be found out. */
async function printFate(
  context: CommandContext,
  message: MessageView,
  behindEach: string,
): Promise<readonly MessageTrack[] | undefined> {
  try {
    const tracks = inJavaOrder(await context.admin.messageTrack(message));
    printTracks(context, tracks, behindEach);
    return tracks;
  } catch (failure) {
    context.warn(failure);
    return undefined;
  }
}

function inJavaOrder(tracks: readonly MessageTrack[]): MessageTrack[] {
  return javaHashOrder(tracks, ({ consumerGroup }) => javaHashCode(consumerGroup));
}

function printTracks(context: CommandContext, tracks: readonly MessageTrack[], behindEach: string): void {
  if (tracks.length === 0) return context.print('%n%nWARN: No Consumer');
  context.print('%n%n');
  for (const { consumerGroup, trackType, exceptionDesc } of tracks) {
    const reason = exceptionDesc ?? 'null';
    context.print(
      `MessageTrack [consumerGroup=%s, trackType=%s, exceptionDesc=%s]${behindEach}`,
      consumerGroup,
      trackType,
      reason,
    );
  }
}

/** An id comes from the wire. */
function writeBody(disk: Disk, message: MessageView, index: number): string {
  const name = message.msgId.replace(/[^0-9A-Za-z_-]/g, '_') + (index > 0 ? `_${index}` : '');
  return writeOutputFile(disk, BODY_FOLDER, name, message.body);
}
