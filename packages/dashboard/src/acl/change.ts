import type { AclInfo } from '@rocketmq-ts/admin';
import type { BrokerResult, RuleChangeForm, UserChangeForm, UserForm } from '../api/index.ts';
import { ConsoleError } from '../errors.ts';
import { allBrokers, chosen } from '../targets/broker-target.ts';
import type { Looked } from '../targets/topic-place.ts';
import { Declined, writeEach } from '../targets/write-each.ts';
import { whyNone } from './state.ts';

/** Creates a user on these brokers; one that has it refuses. */
export async function createUser(looked: Looked, form: UserForm): Promise<BrokerResult[]> {
  const { username, password, userType, brokers } = form;
  checkUserName(username);
  return onBrokers(looked, brokers, (address) =>
    looked.admin.createUser(address, { username, password, userType, userStatus: undefined }),
  );
}

/** Changes what the form names and nothing else. */
export async function changeUser(looked: Looked, username: string, form: UserChangeForm): Promise<BrokerResult[]> {
  const { password, userType, userStatus, brokers } = form;
  if (password === undefined && userType === undefined && userStatus === undefined)
    throw new ConsoleError('BAD_REQUEST', 'there is nothing to change: password, userType or userStatus is needed');
  return onBrokers(looked, brokers, (address) =>
    looked.admin.updateUser(address, { username, password, userType, userStatus }),
  );
}

export async function deleteUser(
  looked: Looked,
  username: string,
  brokers: readonly string[],
): Promise<BrokerResult[]> {
  return onBrokers(looked, brokers, async (address) => {
    // Brokers answer with success where there is none.
    if ((await looked.admin.getUser(address, username)) === undefined) throw new Declined('it does not have this user');
    await looked.admin.deleteUser(address, username);
  });
}

export async function createRule(looked: Looked, subject: string, form: RuleChangeForm): Promise<BrokerResult[]> {
  const acl = aclOf(subject, form);
  return onBrokers(looked, form.brokers, (address) => looked.admin.createAcl(address, acl));
}

export async function changeRule(looked: Looked, subject: string, form: RuleChangeForm): Promise<BrokerResult[]> {
  const acl = aclOf(subject, form);
  return onBrokers(looked, form.brokers, (address) => looked.admin.updateAcl(address, acl));
}

export async function deleteRule(
  looked: Looked,
  subject: string,
  form: { readonly brokers: readonly string[]; readonly resource?: string | undefined },
): Promise<BrokerResult[]> {
  checkSubject(subject);
  if (form.resource !== undefined) checkResource(form.resource);
  return onBrokers(looked, form.brokers, (address) => looked.admin.deleteAcl(address, subject, form.resource));
}

async function onBrokers(
  looked: Looked,
  names: readonly string[],
  change: (address: string) => Promise<void>,
): Promise<BrokerResult[]> {
  return writeEach(chosen(await allBrokers(looked.admin), names), async (address) => {
    const why = await whyNone(looked, address);
    if (why !== undefined) throw new Declined(why);
    await change(address);
    return undefined;
  });
}

function aclOf(subject: string, form: RuleChangeForm): AclInfo {
  const { resources, actions, decision, policyType = 'Custom' } = form;
  checkSubject(subject);
  const sourceIps = form.sourceIps?.map((each) => each.trim()) ?? [];
  if (resources.length === 0) throw new ConsoleError('BAD_REQUEST', 'resources is empty: name one at least');
  if (actions.length === 0) throw new ConsoleError('BAD_REQUEST', 'actions is empty: choose one at least');
  for (const each of resources) checkResource(each);
  for (const each of sourceIps) checkSource(each);
  const entries = resources.map((resource) => ({
    ...{ resource, actions, decision },
    sourceIps: sourceIps.length === 0 ? undefined : sourceIps,
  }));
  return { subject, policies: [{ policyType, entries }] };
}

/** A colon or comma would be read as an end of the name in subjects and lists. */
function checkUserName(name: string): void {
  if (/^[^\s:,\p{Cc}]+$/u.test(name)) return;
  throw new ConsoleError('BAD_REQUEST', 'username must have no blanks, colons, commas and control characters');
}

function checkSubject(subject: string): void {
  if (/^User:[^\s:,\p{Cc}]+$/u.test(subject)) return;
  throw new ConsoleError('BAD_REQUEST', `subject must be User: and a name, not ${JSON.stringify(subject)}`);
}

/** Source: Resource#of. */
function checkResource(resource: string): void {
  if (resource === '*' || /^(?:Topic|Group|Cluster|Namespace):[^\s,\p{Cc}]+$/u.test(resource)) return;
  throw new ConsoleError(
    'BAD_REQUEST',
    `a resource must be *, or Topic:, Group:, Cluster: or Namespace: and a name, a beginning with * behind it, or * alone, not ${JSON.stringify(resource)}`,
  );
}

function checkSource(source: string): void {
  const [address = '', bits, ...rest] = source.split('/');
  const most = bitsOf(address);
  if (most !== undefined && rest.length === 0) {
    if (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most)) return;
  }
  throw new ConsoleError(
    'BAD_REQUEST',
    `a source must be an IP address or a network such as 10.0.0.0/8, not ${JSON.stringify(source)}`,
  );
}

/** Length of an IP address; undefined for what is none. */
function bitsOf(address: string): number | undefined {
  if (/^\d{1,3}(?:\.\d{1,3}){3}$/.test(address))
    return address.split('.').every((each) => Number(each) <= 255) ? 32 : undefined;
  return /^[\da-f:.]+$/i.test(address) && URL.canParse(`http://[${address}]/`) ? 128 : undefined;
}
