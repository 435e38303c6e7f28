import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AclInfo, AdminError, type UserInfo } from '@rocketmq-ts/admin';
import { listRules, listUsers } from '../src/acl/look.ts';
import type { AccountRules, AccountUsers, BrokerResult } from '../src/api/index.ts';
import { ClusterModel } from '../src/collect/model.ts';
import type { Looked } from '../src/targets/topic-place.ts';
import { withConsole } from './support/with-console.ts';

const USER = { username: 'alice', password: 'aliceSecret', userType: 'Normal', brokers: ['broker-a'] };
const RULE = { resources: ['Topic:T'], actions: ['Pub'], decision: 'Allow', brokers: ['broker-a'] };

test('a broker without accounts says so in plain words, in lists and of changes', async () => {
  await withConsole({ brokers: 2, topics: { T: 1 } }, async ({ console, get }) => {
    const { users, brokers, failures } = await get<AccountUsers>('/acl/users');
    assert.deepEqual([users, failures], [[], []]);
    assert.deepEqual(
      brokers.map(({ brokerName, state }) => [brokerName, state]),
      [
        ['broker-a', 'notConfigured'],
        ['broker-b', 'notConfigured'],
      ],
    );
    assert.deepEqual((await get<AccountRules>('/acl/rules')).rules, []);
    const { status, body } = await console.ask('POST', `/clusters/${console.id}/acl/users`, USER);
    assert.equal(status, 200);
    const [result] = body as BrokerResult[];
    assert.equal(result?.ok, false);
    assert.match(result?.message ?? '', /keeps no accounts/);
  });
});

test('a broker that has no accounts although its configuration names a store says so, and is not shown as unreachable', async () => {
  const brokerProperties = { authenticationMetadataProvider: 'some.Provider' };
  await withConsole({ brokers: 1, brokerProperties }, async ({ get }) => {
    for (const path of ['/acl/users', '/acl/rules']) {
      const { brokers, failures } = await get<AccountUsers>(path);
      assert.deepEqual(failures, []);
      assert.deepEqual(
        brokers.map(({ brokerName, state }) => [brokerName, state]),
        [['broker-a', 'ignored']],
      );
    }
  });
});

test('what no broker would take is refused before one is asked, and names the value', async () => {
  await withConsole({ brokers: 1 }, async ({ console }) => {
    const base = `/clusters/${console.id}/acl`;
    const refused = async (method: 'POST' | 'PUT', path: string, body: object, reason: RegExp): Promise<void> => {
      const answered = await console.ask(method, base + path, body);
      assert.equal(answered.status, 400, JSON.stringify(answered.body));
      assert.match((answered.body as { message: string }).message, reason);
    };
    await refused('POST', '/users', { ...USER, username: 'a b' }, /username must have no blanks/);
    await refused('POST', '/users', { ...USER, userType: 'Root' }, /userType must be one of Super, Normal/);
    await refused('POST', '/users', { ...USER, password: '' }, /password must be a text/);
    await refused('POST', '/users', { ...USER, brokers: ['nobody'] }, /no broker is registered as nobody/);
    await refused('PUT', '/users/alice', { brokers: ['broker-a'] }, /nothing to change/);
    await refused('POST', '/users/alice/delete', { brokers: ['broker-a'], confirm: 'bob' }, /confirm must be alice/);
    await refused('POST', '/rules', { ...RULE, subject: 'alice' }, /subject must be User: and a name/);
    const rule = { ...RULE, subject: 'User:alice' };
    await refused('POST', '/rules', { ...rule, resources: ['T'] }, /a resource must be/);
    await refused('POST', '/rules', { ...rule, resources: [] }, /resources is empty/);
    await refused('POST', '/rules', { ...rule, actions: ['Any'] }, /actions\[0\] must be one of All/);
    for (const source of ['10.0.0.0/33', '10.0.0.256', 'here', '10.0.0.1/8/8', '::1/129', '1:2'])
      await refused('POST', '/rules', { ...rule, sourceIps: [source] }, /a source must be an IP address/);
    const good = ['10.0.0.0/8', '192.168.1.1', '::1', 'fe80::/10'];
    assert.equal((await console.ask('POST', `${base}/rules`, { ...rule, sourceIps: good })).status, 200);
  });
});

/** Brokers a, b and c with what each of them keeps; c does not know accounts. */
function clusterWith(users: readonly UserInfo[][], acls: readonly AclInfo[][]): Looked {
  const names = ['a', 'b', 'c'];
  const keptAt = async <Kept>(all: readonly Kept[][], address: string): Promise<Kept[]> => {
    const kept = all[names.indexOf(address)];
    if (kept === undefined) throw new AdminError('REFUSED', 'request type 3005 not supported', { responseCode: 3 });
    return kept;
  };
  const brokerAddrTable = new Map(
    names.map((name) => [name, { cluster: 'C', brokerName: name, brokerAddrs: new Map([[0, name]]) }]),
  );
  const admin = {
    examineClusterInfo: async () => ({ brokerAddrTable, clusterAddrTable: new Map([['C', names]]) }),
    listUsers: (address: string) => keptAt(users, address),
    listAcls: (address: string) => keptAt(acls, address),
  };
  return { admin, model: new ClusterModel() } as unknown as Looked;
}

const user = (username: string, userType: string, userStatus = 'enable'): UserInfo => ({
  ...{ username, password: 'secret', userType, userStatus },
});

test('users of several brokers are one row, marked where brokers differ, and have no password', async () => {
  const looked = clusterWith(
    [
      [user('same', 'Normal'), user('other', 'Normal'), user('alone', 'Super')],
      [user('same', 'NORMAL'), user('other', 'Super')],
    ],
    [],
  );
  const { users, brokers } = await listUsers(looked, undefined);
  assert.deepEqual(
    users.map(({ username, brokers: having, differs }) => [username, having.join(), differs]),
    [
      ['alone', 'a', true],
      ['other', 'a,b', true],
      ['same', 'a,b', false],
    ],
  );
  assert.equal(JSON.stringify(users).includes('secret'), false);
  assert.deepEqual(
    brokers.map(({ state }) => state),
    ['kept', 'kept', 'unsupported'],
  );
  assert.deepEqual(
    (await listUsers(looked, 'ALO')).users.map(({ username }) => username),
    ['alone'],
  );
});

test('rules that brokers have in another order are the same', async () => {
  const entry = (resource: string, ...actions: string[]) => ({
    ...{ resource, actions, sourceIps: undefined, decision: 'Allow' },
  });
  const acl = (...entries: ReturnType<typeof entry>[]): AclInfo => ({
    subject: 'User:same',
    policies: [{ policyType: 'Custom', entries }],
  });
  const one = acl(entry('Topic:A', 'Pub', 'Sub'), entry('Group:*', 'Sub'));
  const two = acl(entry('Group:*', 'Sub'), entry('Topic:A', 'Sub', 'Pub'));
  const { rules } = await listRules(clusterWith([], [[one], [two]]), undefined);
  assert.deepEqual(
    rules.map(({ subject, differs, entries }) => [subject, differs, entries.map(({ resource }) => resource).join()]),
    [['User:same', false, 'Group:*,Topic:A']],
  );
});
