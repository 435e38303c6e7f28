import { deadLetterTopic, popRetryTopics, retryTopic } from '@rocketmq-ts/admin';
import type { BrokerResult, GroupDeletion } from '../api/index.ts';
import { allBrokers, type BrokerTarget, chosen } from '../targets/broker-target.ts';
import { type Looked, placeOf } from '../targets/topic-place.ts';
import { writeEach } from '../targets/write-each.ts';
import { deleteOn } from '../topics/delete-topic.ts';

/** Deletes a group on these brokers, and of its topics there what the form names. A result for each broker and step. */
export async function deleteGroup(looked: Looked, group: string, form: GroupDeletion): Promise<BrokerResult[]> {
  const { admin, model } = looked;
  const brokers = chosen(await allBrokers(admin), form.brokers);
  const results = await writeEach(brokers, async (address, { brokerName }) => {
    await admin.deleteSubscriptionGroup(address, group, form.offsets);
    model.dropGroup(brokerName, group);
    return form.offsets ? 'group and offsets' : 'group, without its offsets';
  });
  // A group that stays on a broker needs its topics there.
  const gone = new Set(results.filter(({ ok }) => ok).map(({ brokerName }) => brokerName));
  const cleared = brokers.filter(({ brokerName }) => gone.has(brokerName));
  const topics = [
    ...(form.retryTopic ? await retryTopicsOf(looked, group) : []),
    ...(form.deadLetters ? [deadLetterTopic(group)] : []),
  ];
  for (const topic of topics) results.push(...(await deleteTopicOn(looked, topic, cleared)));
  return results;
}

async function deleteTopicOn(looked: Looked, topic: string, brokers: readonly BrokerTarget[]): Promise<BrokerResult[]> {
  const { having } = await placeOf(looked, topic);
  const names = new Set(brokers.map(({ brokerName }) => brokerName));
  const there = having.filter(({ brokerName }) => names.has(brokerName));
  const results = await deleteOn(looked, topic, there, having);
  return results.map((result) => ({ ...result, message: [topic, result.message].filter(Boolean).join(': ') }));
}

/**
 * Its retry topic, and those of messages that it did not acknowledge in time after a pop. `%RETRY%g_t` may be the retry topic
 * of a group `g_t` too: then it is left.
 */
async function retryTopicsOf({ admin, model }: Looked, group: string): Promise<string[]> {
  const names = new Set(await admin.fetchAllTopicList());
  const popped: string[] = [];
  for (const topic of names) {
    for (const name of popRetryTopics(group, topic))
      if (names.has(name) && !(name.includes('_') && model.groups.has(groupOf(name)))) popped.push(name);
  }
  return [retryTopic(group), ...new Set(popped)];
}

function groupOf(name: string): string {
  return name.slice(retryTopic('').length);
}
