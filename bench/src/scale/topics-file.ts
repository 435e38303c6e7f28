import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface TopicsPlan {
  /** Topics are named by it and five digits. */
  readonly prefix: string;
  readonly queues: number;
  /** One more of a single queue, `large` behind the prefix. */
  readonly withLarge?: boolean;
}

/** config/topics.json in a store folder as a broker writes it: topics made one by one would take a while. */
export function writeTopics(store: string, count: number, { prefix, queues, withLarge = false }: TopicsPlan): void {
  const table: Record<string, object> = {};
  const add = (topicName: string, queueNums: number): void => {
    table[topicName] = {
      attributes: {},
      order: false,
      perm: 6,
      readQueueNums: queueNums,
      topicFilterType: 'SINGLE_TAG',
      topicName,
      topicSysFlag: 0,
      writeQueueNums: queueNums,
    };
  };
  for (let i = 0; i < count; i++) add(prefix + String(i).padStart(5, '0'), queues);
  if (withLarge) add(`${prefix}large`, 1);
  const dataVersion = { counter: count, stateVersion: 0, timestamp: Date.now() };
  mkdirSync(join(store, 'config'), { recursive: true });
  const wrapper = { dataVersion, mappingDataVersion: dataVersion, topicConfigTable: table };
  writeFileSync(join(store, 'config', 'topics.json'), JSON.stringify({ ...wrapper, topicQueueMappingInfoMap: {} }));
}
