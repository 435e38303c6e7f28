import { isUtf8 } from 'node:buffer';
import { type MessageTrack, type MessageView, printMessageProperties } from '@rocketmq-ts/admin';
import { CodedError, type Disk, formatEndpoint } from '@rocketmq-ts/kernel';
import type { MqadminErrorCode } from '../../errors.ts';
import { humanTime } from '../../java-text.ts';
import type { CommandContext } from '../entry.ts';

/** Where Apache's tool leaves bodies too. Source: QueryMsgByIdSubCommand#createBodyFile. */
const BODY_FOLDER = '/tmp/rocketmq/msgbodys';

/** A message with its state in each group; its body is written to a file. `bodyFormat` is a charset to print the body in. */
export async function printMessage(
  context: CommandContext,
  message: MessageView,
  bodyFormat: string | undefined,
): Promise<void> {
  const path = writeBody(context.disk, message, 0);
  context.print('%-20s %s%n', 'OffsetID:', message.offsetMsgId);
  printFields(context, message, path);
  if (bodyFormat !== undefined) context.print('%-20s %s%n', 'Message Body:', decodeBody(message.body, bodyFormat));
  context.answer({ ...messageData(message, path), tracks: await printFate(context, message, '%n') });
}

/** The same as queryMsgByUniqueKey has it: one of several with one key, the first with index 0. Source: QueryMsgByUniqueKeySubCommand#showMessage. */
export async function printOneOf(context: CommandContext, message: MessageView, index: number): Promise<void> {
  const path = writeBody(context.disk, message, index);
  printFields(context, message, path);
  context.answer({ ...messageData(message, path), tracks: await printFate(context, message, '') });
}

/** A message in an answer. A body that is no UTF-8 is in Base64. */
function messageData(message: MessageView, bodyPath?: string): object {
  const { topic, msgId, offsetMsgId, queueId, queueOffset, physicalOffset, tags, keys, sysFlag, body } = message;
  const { reconsumeTimes, bornTimestamp, storeTimestamp } = message;
  return {
    ...{ topic, msgId, offsetMsgId, queueId, queueOffset, physicalOffset, tags, keys, reconsumeTimes, sysFlag },
    ...{ bornTimestamp, storeTimestamp },
    bornHost: formatEndpoint(message.bornHost),
    storeHost: formatEndpoint(message.storeHost),
    properties: message.properties,
    ...(isUtf8(body) ? { body: body.toString('utf8') } : { bodyBase64: body.toString('base64') }),
    bodyPath,
  };
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
    const tracks = await context.admin.messageTrack(message);
    printTracks(context, tracks, behindEach);
    return tracks;
  } catch (failure) {
    context.warn(failure);
    return undefined;
  }
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

/** An id comes from the wire: it must not lead out of the folder. */
function writeBody(disk: Disk, message: MessageView, index: number): string {
  const name = message.msgId.replace(/[^0-9A-Za-z_-]/g, '_') + (index > 0 ? `_${index}` : '');
  const path = `${BODY_FOLDER}/${name}`;
  disk.makeDirectory(BODY_FOLDER);
  disk.remove(path);
  const file = disk.open(path, 'create');
  try {
    file.writeSync(message.body, 0, message.body.length, 0);
  } finally {
    file.close();
  }
  return path;
}

function decodeBody(body: Buffer, charset: string): string {
  try {
    return new TextDecoder(charset).decode(body);
  } catch (cause) {
    throw new CodedError<MqadminErrorCode>(
      'BAD_OPTION_VALUE',
      `option -f: "${charset}" is not a charset that is known here`,
      { cause },
    );
  }
}
