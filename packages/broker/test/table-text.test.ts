import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTopicConfig, encodeJson, type TopicConfig, topicConfigJson } from '@rocketmq-ts/protocol';
import { SeededRandom } from '@rocketmq-ts/testkit';
import { FileText, TableText } from '../src/table-text.ts';

const FORM = { pretty: true, standard: true } as const;

test('the text of a table that changes by and by is that of the whole table, in its order', () => {
  const random = new SeededRandom(7);
  const table = new Map<string, TopicConfig>();
  const tableText = new TableText(topicConfigJson);
  const fileText = new FileText();
  const name = (): string => `topic-"${random.below(400)}\u00e9`;
  for (let round = 0; round < 300; round++) {
    for (let change = random.below(8); change > 0; change--) {
      const topic = name();
      if (random.below(4) === 0) table.delete(topic);
      else table.set(topic, createTopicConfig(topic, { perm: random.below(8) }));
    }
    // All at once, also down to nothing.
    if (round % 97 === 96) table.clear();
    const others = { dataVersion: { counter: round }, absent: undefined, zones: [round] };
    const plain = new Map([...table].map(([topic, config]) => [topic, topicConfigJson(config)]));
    assert.equal(
      fileText.of({ ...others, topicConfigTable: tableText.of(table) }).toString(),
      encodeJson({ ...others, topicConfigTable: plain }, FORM).toString(),
      `round ${round}`,
    );
  }
});
