import {
  AdminError,
  decodeTopicRemappingDetail,
  encodeTopicRemappingDetail,
  type TopicRemappingDetail,
} from '@rocketmq-ts/admin';
import { CodedError, exactlyOne, type OptionDeclaration, valueOption } from '@rocketmq-ts/kernel';
import type { MqadminErrorCode } from '../../errors.ts';
import type { CommandContext } from '../entry.ts';
import { readLocalFile, writeTextFile } from '../local-file.ts';
import { booleanValue } from '../values.ts';

/** Source: TopicQueueMappingUtils#writeToTemp, where it is Java's folder for such files. */
const TEMP_FOLDER = '/tmp';

export const STATIC_TARGETS: OptionDeclaration = exactlyOne(
  valueOption('c', 'clusters', 'remapping static topic to clusters, comma separated'),
  valueOption('b', 'brokers', 'remapping static topic to brokers, comma separated'),
);

/** Brokers take the mapping whatever they have. */
export const FORCE: OptionDeclaration = valueOption('fr', 'forceReplace', 'Force replace the old mapping');

export function isForced(context: CommandContext): boolean {
  return booleanValue(context.options, 'fr') === true;
}

/** Broker names that `-b` lists or that are in a cluster that `-c` lists. Throws NO_BROKER when there is none. */
export async function targetBrokers(context: CommandContext): Promise<Set<string>> {
  const { options, admin } = context;
  const info = await admin.examineClusterInfo();
  if (info.clusterAddrTable.size === 0) throw new AdminError('NO_BROKER', 'The Cluster info is empty');
  const parts = (text: string): string[] =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '');
  const brokers = options.value('b');
  const names =
    brokers === undefined
      ? parts(options.text('c')).flatMap((cluster) => [...(info.clusterAddrTable.get(cluster) ?? [])])
      : parts(brokers);
  if (names.length === 0) throw new AdminError('NO_BROKER', 'Find none brokers, do nothing');
  for (const name of names) {
    if (!info.brokerAddrTable.has(name)) throw new AdminError('NO_BROKER', `Can't find addr for broker ${name}`);
  }
  return new Set(names);
}

/** Keeps a mapping in a file, so that it can be sent again; gives the path. The epoch makes a name of its own. */
export function keep(context: CommandContext, detail: TopicRemappingDetail, suffix: 'before' | 'after'): string {
  const name = detail.topic.replace(/[^0-9A-Za-z%|_-]/g, '_');
  const path = `${TEMP_FOLDER}/${name}-${detail.epoch}.${suffix}`;
  writeTextFile(context.disk, path, encodeTopicRemappingDetail(detail));
  return path;
}

/** The mapping in the file of `-mf`. Throws when it can't be read or is that of another topic. */
export function keptMapping(context: CommandContext, topic: string): TopicRemappingDetail {
  const path = context.options.text('mf').trim();
  const text = readLocalFile(context.disk, path);
  if (text === undefined) throw new CodedError<MqadminErrorCode>('BAD_FILE', `there is no file ${path}`);
  let detail: TopicRemappingDetail;
  try {
    detail = decodeTopicRemappingDetail(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CodedError<MqadminErrorCode>('BAD_FILE', `file ${path} is no mapping of a static topic: ${reason}`, {
      cause,
    });
  }
  if (detail.topic !== topic) {
    throw new CodedError<MqadminErrorCode>('BAD_FILE', `file ${path} has the mapping of topic ${detail.topic}`);
  }
  return detail;
}

/** Sends a plan. What fails half-way is completed by the same plan, which the error says. */
export async function send(context: CommandContext, path: string, apply: () => Promise<void>): Promise<void> {
  try {
    await apply();
  } catch (failure) {
    context.note(`brokers that were reached have the new mapping: run the command with -mf ${path} to complete it`);
    throw failure;
  }
}
