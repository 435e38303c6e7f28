import { createTopicConfig, MESSAGE_TYPE_ATTRIBUTE, type TopicConfig } from '@rocketmq-ts/admin';
import type { BrokerResult, TopicChangeForm, TopicForm } from '../api/index.ts';
import { attributeChanges, attributesAfter } from '../targets/attribute-changes.ts';
import { allBrokers, chosen } from '../targets/broker-target.ts';
import type { Looked } from '../targets/topic-place.ts';
import { Declined, writeEach } from '../targets/write-each.ts';

/** Creates a topic on brokers that do not have it: on one that has it this would replace its settings. */
export async function createTopic(looked: Looked, form: TopicForm): Promise<BrokerResult[]> {
  const { admin } = looked;
  const brokers = chosen(await allBrokers(admin), form.brokers);
  const { topic, readQueues, writeQueues, perm, order } = form;
  const attributes = { [MESSAGE_TYPE_ATTRIBUTE]: form.kind, ...form.attributes };
  return writeEach(brokers, async (address, { brokerName }) => {
    if ((await settingsOn(looked, address, brokerName, topic)) !== undefined)
      throw new Declined('it has this topic already: change its settings instead');
    const given = { readQueueNums: readQueues, writeQueueNums: writeQueues, perm, order };
    await admin.createTopic(
      address,
      createTopicConfig(topic, { ...given, attributes: attributeChanges({}, attributes) }),
    );
    looked.model.putTopic(
      brokerName,
      createTopicConfig(topic, { ...given, attributes: attributesAfter({}, attributes) }),
    );
    return undefined;
  });
}

/** Changes what the form names and nothing else: the rest is read from each broker just before. */
export async function changeTopic(looked: Looked, topic: string, form: TopicChangeForm): Promise<BrokerResult[]> {
  const { admin } = looked;
  const brokers = chosen(await allBrokers(admin), form.brokers);
  return writeEach(brokers, async (address, { brokerName }) => {
    const current = await settingsOn(looked, address, brokerName, topic);
    if (current === undefined) throw new Declined('it does not have this topic: create it there');
    const next: TopicConfig = {
      ...current,
      readQueueNums: form.readQueues ?? current.readQueueNums,
      writeQueueNums: form.writeQueues ?? current.writeQueueNums,
      perm: form.perm ?? current.perm,
      order: form.order ?? current.order,
    };
    // Brokers keep the attributes that a change does not name.
    const changes = attributeChanges(current.attributes, form.attributes ?? {});
    await admin.createTopic(address, { ...next, attributes: changes });
    looked.model.putTopic(brokerName, {
      ...next,
      attributes: attributesAfter(current.attributes, form.attributes ?? {}),
    });
    return undefined;
  });
}

/** Undefined when the broker does not have it. Brokers of 4.x report only all topics together. */
async function settingsOn(
  { admin, model }: Looked,
  address: string,
  brokerName: string,
  topic: string,
): Promise<TopicConfig | undefined> {
  const found = await admin.examineTopicConfig(address, topic);
  if (found !== undefined || !model.topics.get(topic)?.configs.has(brokerName)) return found;
  return (await admin.allTopicConfigs(address)).get(topic);
}
