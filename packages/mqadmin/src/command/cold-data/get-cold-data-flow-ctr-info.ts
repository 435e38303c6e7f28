import { type JsonValue, parseJson } from '@rocketmq-ts/admin';
import { valueOption } from '@rocketmq-ts/kernel';
import { prettyJson } from '../../fastjson.ts';
import { dateTime } from '../../java-text.ts';
import type { Command } from '../entry.ts';
import { bannersOf } from './members.ts';

/** Source: GetColdDataFlowCtrInfoSubCommand. */
export const getColdDataFlowCtrInfo: Command = {
  className: 'GetColdDataFlowCtrInfoSubCommand',
  options: [
    valueOption('b', 'brokerAddr', 'get from which broker'),
    valueOption('c', 'clusterName', 'get from which cluster'),
  ],
  examples: [
    { line: '-b 10.0.0.1:10911', does: 'Limits of reads of old messages, and who reads them now.' },
    { line: '-c DefaultCluster', does: 'Of all brokers, slaves below their masters.' },
  ],
  async run(context) {
    const members = await bannersOf(context);
    if (members === undefined) return context.usage();
    const brokers: { readonly address: string; readonly info: JsonValue }[] = [];
    for (const [address, banner] of members) {
      context.out(banner);
      const text = await context.admin.coldDataFlowControl(address);
      if (text === undefined) context.print('Broker[%s] has no cold ctr table !%n', address);
      else context.out(`${prettyJson(inOrder(withTimes(parseJson(text))))}\n`);
      brokers.push({ address, info: text === undefined ? null : parseJson(text) });
    }
    context.answer({ brokers });
  },
};

/** The times of groups as text in place of numbers. */
function withTimes(info: JsonValue): JsonValue {
  if (!isObject(info) || !isObject(info.runtimeTable)) return info;
  const runtimeTable = Object.fromEntries(
    Object.entries(info.runtimeTable).map(([group, reads]) => {
      if (!isObject(reads)) return [group, reads];
      const { lastColdReadTimeMills, createTimeMills, ...rest } = reads;
      const lastColdReadTimeFormat = dateTime(Number(lastColdReadTimeMills));
      return [group, { ...rest, lastColdReadTimeFormat, createTimeFormat: dateTime(Number(createTimeMills)) }];
    }),
  );
  return { ...info, runtimeTable };
}

/** Members as the broker wrote them, which the writer would sort. */
function inOrder(value: JsonValue): JsonValue {
  if (!isObject(value)) return value;
  return new Map(Object.entries(value).map(([key, each]) => [key, inOrder(each)]));
}

function isObject(value: JsonValue | undefined): value is { [name: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Map);
}
