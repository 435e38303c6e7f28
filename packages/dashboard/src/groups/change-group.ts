import { createSubscriptionGroupConfig, type SubscriptionGroupConfig } from '@rocketmq-ts/admin';
import type { BrokerResult, GroupChangeForm, GroupConfigView, GroupForm } from '../api/index.ts';
import { attributeChanges, attributesAfter } from '../targets/attribute-changes.ts';
import { askEach } from '../targets/broker-calls.ts';
import { allBrokers, chosen } from '../targets/broker-target.ts';
import { differing } from '../targets/differing.ts';
import { mergeFailures, missingBrokers } from '../targets/missing.ts';
import type { Looked } from '../targets/topic-place.ts';
import { Declined, writeEach } from '../targets/write-each.ts';
import { groupSettings, withChanges } from './group-settings.ts';

/** Settings of a group on every broker, with what differs. */
export async function groupConfig({ admin, model }: Looked, group: string): Promise<GroupConfigView> {
  const all = await allBrokers(admin);
  const { answers, failures } = await askEach(all, (address) => settingsOn(admin, address, group));
  const brokers = answers.map(({ broker: { brokerName, cluster }, address, value }) => ({
    ...{ brokerName, cluster, address },
    settings: value && groupSettings(value),
  }));
  return {
    brokers,
    differing: differing(brokers.flatMap(({ settings }) => settings ?? [])),
    failures: mergeFailures(missingBrokers(model, all), failures),
  };
}

/** Creates a group on brokers that do not have it; on one that has it this would replace its settings. */
export async function createGroup({ admin, model }: Looked, form: GroupForm): Promise<BrokerResult[]> {
  const { group, ...rest } = form;
  const attributes = rest.attributes ?? {};
  const config = withChanges(createSubscriptionGroupConfig(group), rest);
  return writeEach(chosen(await allBrokers(admin), form.brokers), async (address, { brokerName }) => {
    if ((await settingsOn(admin, address, group)) !== undefined)
      throw new Declined('it has this group already: change its settings instead');
    await admin.createSubscriptionGroup(address, { ...config, attributes: attributeChanges({}, attributes) });
    model.putGroup(brokerName, { ...config, attributes: attributesAfter({}, attributes) });
    return undefined;
  });
}

/** Changes what the form names and nothing else: the rest is read from each broker just before. */
export async function changeGroup(
  { admin, model }: Looked,
  group: string,
  form: GroupChangeForm,
): Promise<BrokerResult[]> {
  const attributes = form.attributes ?? {};
  return writeEach(chosen(await allBrokers(admin), form.brokers), async (address, { brokerName }) => {
    const current = await settingsOn(admin, address, group);
    if (current === undefined) throw new Declined('it does not have this group: create it there');
    const next = withChanges(current, form);
    // Brokers keep the attributes that a change does not name.
    await admin.createSubscriptionGroup(address, {
      ...next,
      attributes: attributeChanges(current.attributes, attributes),
    });
    model.putGroup(brokerName, { ...next, attributes: attributesAfter(current.attributes, attributes) });
    return undefined;
  });
}

/** From the table of all groups: a broker that creates groups by itself makes one that it is asked for by name. */
export async function settingsOn(
  admin: Looked['admin'],
  address: string,
  group: string,
): Promise<SubscriptionGroupConfig | undefined> {
  return (await admin.subscriptionGroups(address)).get(group);
}
