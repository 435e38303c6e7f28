import type { AclInfo, UserInfo } from '@rocketmq-ts/admin';
import { compareText } from '@rocketmq-ts/kernel';
import type { AccountBroker, AccountEntry, AccountRules, AccountUsers, BrokerFailure } from '../api/index.ts';
import { isNamed } from '../http/page-of.ts';
import { askEach } from '../targets/broker-calls.ts';
import { allBrokers } from '../targets/broker-target.ts';
import { mergeFailures, missingBrokers } from '../targets/missing.ts';
import type { Looked } from '../targets/topic-place.ts';
import { accountsOn } from './state.ts';

/** What each broker has. */
interface Found<Kept> {
  readonly parts: readonly { readonly broker: AccountBroker; readonly kept: readonly Kept[] }[];
  readonly brokers: readonly AccountBroker[];
  readonly failures: readonly BrokerFailure[];
}

async function findOnEach<Kept>(looked: Looked, read: (address: string) => Promise<Kept[]>): Promise<Found<Kept>> {
  const all = await allBrokers(looked.admin);
  const { answers, failures } = await askEach(all, (address, broker) =>
    accountsOn(looked, address, broker, () => read(address)),
  );
  const parts = answers.map(({ value }) => value);
  return {
    parts,
    brokers: parts.map(({ broker }) => broker),
    failures: mergeFailures(missingBrokers(looked.model, all), failures),
  };
}

/** One thing of a name on all brokers that have it. */
interface Spread<Kept> {
  readonly name: string;
  readonly first: Kept;
  readonly brokers: readonly string[];
  readonly differs: boolean;
}

/** By name; `formOf`: what must be the same everywhere. */
function spread<Kept>(
  { parts }: Found<Kept>,
  nameOf: (kept: Kept) => string,
  formOf: (kept: Kept) => unknown,
): Spread<Kept>[] {
  const keeping = parts.filter(({ broker }) => broker.state === 'kept').length;
  const found = new Map<string, { readonly first: Kept; readonly brokers: string[]; readonly forms: Set<string> }>();
  for (const { broker, kept } of parts) {
    for (const each of kept) {
      const known = found.get(nameOf(each)) ?? { first: each, brokers: [], forms: new Set<string>() };
      known.brokers.push(broker.brokerName);
      known.forms.add(JSON.stringify(formOf(each)));
      found.set(nameOf(each), known);
    }
  }
  return [...found]
    .sort(([a], [b]) => compareText(a, b))
    .map(([name, { first, brokers, forms }]) => ({
      ...{ name, first, brokers },
      differs: forms.size > 1 || brokers.length < keeping,
    }));
}

/** Users of all brokers, without their passwords. */
export async function listUsers(looked: Looked, filter: string | undefined): Promise<AccountUsers> {
  const found = await findOnEach<UserInfo>(looked, (address) => looked.admin.listUsers(address));
  const users = spread(
    found,
    ({ username }) => username ?? '',
    ({ userType, userStatus }) => [userType?.toLowerCase(), userStatus?.toLowerCase()],
  );
  return {
    users: users
      .filter(({ name }) => isNamed(name, filter))
      .map(({ name, first: { userType, userStatus }, brokers, differs }) => ({
        ...{ username: name, userType, userStatus, brokers, differs },
      })),
    ...{ brokers: found.brokers, failures: found.failures },
  };
}

/** Rules of all brokers. */
export async function listRules(looked: Looked, filter: string | undefined): Promise<AccountRules> {
  const found = await findOnEach<AclInfo>(looked, (address) => looked.admin.listAcls(address));
  const rules = spread(found, ({ subject }) => subject ?? '', entriesOf);
  return {
    rules: rules
      .filter(({ name }) => isNamed(name, filter))
      .map(({ name, first, brokers, differs }) => ({
        ...{ subject: name, entries: entriesOf(first), brokers, differs },
      })),
    ...{ brokers: found.brokers, failures: found.failures },
  };
}

/** In one order, since brokers have them in that of their tables. */
function entriesOf({ policies }: AclInfo): AccountEntry[] {
  return policies
    .flatMap(({ policyType = 'Custom', entries }) =>
      entries.map(({ resource = '', actions = [], sourceIps = [], decision = '' }) => ({
        ...{ resource, actions: [...actions].sort(compareText), sourceIps, decision, policyType },
      })),
    )
    .sort((a, b) => compareText(a.policyType, b.policyType) || compareText(a.resource, b.resource));
}
