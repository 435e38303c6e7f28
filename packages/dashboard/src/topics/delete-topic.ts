import { type Admin, AdminError } from '@rocketmq-ts/admin';
import type { BrokerResult } from '../api/index.ts';
import { reasonOf } from '../http/failure.ts';
import { askEach } from '../targets/broker-calls.ts';
import { type BrokerTarget, chosen } from '../targets/broker-target.ts';
import { type Looked, placeOf } from '../targets/topic-place.ts';
import { writeEach } from '../targets/write-each.ts';

/**
 * Deletes a topic on these brokers. Name servers lose its route in a cluster only when no broker of that cluster keeps it;
 * other clusters behind the same name servers are not touched.
 */
export async function deleteTopic(looked: Looked, topic: string, names: readonly string[]): Promise<BrokerResult[]> {
  const { having } = await placeOf(looked, topic);
  return deleteOn(looked, topic, chosen(having, names), having);
}

/** The same for brokers that are known. `having`: all with the topic. */
export async function deleteOn(
  { admin, model }: Looked,
  topic: string,
  brokers: readonly BrokerTarget[],
  having: readonly BrokerTarget[],
): Promise<BrokerResult[]> {
  const results = await writeEach(brokers, async (address, { brokerName }) => {
    await admin.deleteTopicInBroker(address, topic);
    model.dropTopic(brokerName, topic);
    return undefined;
  });
  const deleted = new Set(results.filter(({ ok }) => ok).map(({ brokerName }) => brokerName));
  const clusters = new Set(brokers.map(({ cluster }) => cluster));
  for (const cluster of clusters) {
    const here = having.filter((broker) => broker.cluster === cluster);
    if (!here.some(({ brokerName }) => deleted.has(brokerName))) continue;
    const others = here.filter(({ brokerName }) => !deleted.has(brokerName));
    results.push(await clearRoute(admin, topic, cluster, await keeping({ admin, model }, topic, others)));
  }
  return results;
}

/** Those of the brokers in a route that have the topic indeed: one that was deleted there before may still be in it. */
async function keeping(
  { admin, model }: Looked,
  topic: string,
  brokers: readonly BrokerTarget[],
): Promise<BrokerTarget[]> {
  const { answers } = await askEach(
    brokers,
    async (address, { brokerName }) =>
      (await admin.examineTopicConfig(address, topic)) !== undefined ||
      model.topics.get(topic)?.configs.has(brokerName) === true,
  );
  const without = new Set(answers.filter(({ value }) => !value).map(({ broker }) => broker.brokerName));
  return brokers.filter(({ brokerName }) => !without.has(brokerName));
}

/** What became of the route in one cluster. Name servers can only forget a topic in a whole cluster. */
async function clearRoute(
  admin: Admin,
  topic: string,
  cluster: string,
  kept: readonly BrokerTarget[],
): Promise<BrokerResult> {
  const address = admin.namesrvAddresses.join(';');
  if (kept.length > 0) {
    const names = kept.map(({ brokerName }) => brokerName).join(', ');
    const message = `the route in cluster ${cluster} stays, since ${names} still has the topic; it may name the other brokers until they or the name servers restart`;
    return { address, ok: true, message };
  }
  try {
    await admin.deleteTopicInNameServers(topic, cluster);
    return { address, ok: true, message: `the route in cluster ${cluster} is removed` };
  } catch (error) {
    if (!(error instanceof AdminError)) throw error;
    return { address, ok: false, message: `the route in cluster ${cluster}: ${reasonOf(error)}` };
  }
}
