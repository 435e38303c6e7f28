import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { createAdmin, type UserInfo } from '@rocketmq-ts/admin';
import { createDashboard, type Dashboard } from '@rocketmq-ts/dashboard';
import { nodePlatform, silentLogger } from '@rocketmq-ts/kernel';
import { type Cluster, startCluster } from '../support/cluster.ts';
import { unlessJava } from '../support/needs.ts';

const PROVIDERS = 'org.apache.rocketmq.auth';
const AUTH = {
  brokerClusterName: 'DefaultCluster',
  authenticationEnabled: true,
  authenticationProvider: `${PROVIDERS}.authentication.provider.DefaultAuthenticationProvider`,
  authenticationMetadataProvider: `${PROVIDERS}.authentication.provider.LocalAuthenticationMetadataProvider`,
  initAuthenticationUser: '{"username":"root","password":"rootSecret"}',
  innerClientAuthenticationCredentials: '{"accessKey":"root","secretKey":"rootSecret"}',
  authorizationEnabled: true,
  authorizationProvider: `${PROVIDERS}.authorization.provider.DefaultAuthorizationProvider`,
  authorizationMetadataProvider: `${PROVIDERS}.authorization.provider.LocalAuthorizationMetadataProvider`,
};
const ROOT = { accessKey: 'root', secretKey: 'rootSecret' };

function userOf(username: string, facts: Partial<UserInfo>): UserInfo {
  return { username, password: undefined, userType: undefined, userStatus: undefined, ...facts };
}

suite('users of Apache’s broker log in at the console', { skip: unlessJava() }, () => {
  let cluster: Cluster;
  let dashboard: Dashboard;
  before(async () => {
    cluster = await startCluster({ namesrv: 'ours', broker: 'apache' }, AUTH);
    await using admin = createAdmin({
      ...{ platform: nodePlatform, logger: silentLogger, namesrvAddresses: [cluster.namesrv], credentials: ROOT },
    });
    await admin.start();
    await admin.createUser(cluster.broker, userOf('alice', { password: 'aliceSecret', userType: 'Normal' }));
    await admin.createUser(cluster.broker, userOf('gone', { password: 'goneSecret', userType: 'Super' }));
    await admin.updateUser(cluster.broker, userOf('gone', { userStatus: 'disable' }));
    dashboard = await createDashboard({
      ...{ clusters: [{ namesrvAddr: cluster.namesrv }], port: 0, credentials: ROOT },
      session: { loginRequired: true, authMode: 'acl' },
    });
    await dashboard.start();
  });
  after(async () => {
    await dashboard?.stop();
    await cluster?.stop();
  });

  async function logIn(userName: string, password: string): Promise<readonly [number, string | undefined]> {
    const payload = { userName, password };
    const answer = await dashboard.http.inject({ method: 'POST', url: '/api/v1/session', payload });
    return [answer.statusCode, (answer.json() as { role?: string }).role];
  }

  test('a super user with the right password, and with no other', async () => {
    assert.deepEqual(await logIn('root', 'rootSecret'), [200, 'super']);
    assert.deepEqual(await logIn('root', 'wrong'), [401, undefined]);
    assert.deepEqual(await logIn('nobody', 'rootSecret'), [401, undefined]);
  });

  test('a normal user without any right in the cluster', async () => {
    assert.deepEqual(await logIn('alice', 'aliceSecret'), [200, 'normal']);
    assert.deepEqual(await logIn('alice', 'rootSecret'), [401, undefined]);
  });

  test('a user that was disabled does not', async () => {
    assert.deepEqual(await logIn('gone', 'goneSecret'), [401, undefined]);
  });

  /** What a change answers, and what the page shows then. */
  async function call(
    console: Dashboard,
    method: 'GET' | 'POST' | 'PUT',
    path: string,
    payload?: object,
  ): Promise<{ readonly status: number; readonly body: unknown }> {
    const [first] = console.registry.list();
    const url = `/api/v1/clusters/${first!.id}/acl${path}`;
    const answer = await console.http.inject({ method, url, ...(payload === undefined ? {} : { payload }) });
    return { status: answer.statusCode, body: answer.json() };
  }

  test('accounts are made, changed and deleted in the console as the broker keeps them', async () => {
    const console = await createDashboard({
      ...{ clusters: [{ namesrvAddr: cluster.namesrv }], port: 0, credentials: ROOT },
    });
    await console.start();
    try {
      const { body: before } = await call(console, 'GET', '/users');
      const [{ brokerName, state }] = (before as { brokers: [{ brokerName: string; state: string }] }).brokers;
      assert.equal(state, 'kept');
      const brokers = [brokerName];
      const done = async (method: 'POST' | 'PUT', path: string, payload: object): Promise<void> => {
        const { status, body } = await call(console, method, path, { brokers, ...payload });
        assert.equal(status, 200, JSON.stringify(body));
        assert.deepEqual(
          (body as { ok: boolean }[]).map(({ ok }) => ok),
          [true],
          JSON.stringify(body),
        );
      };
      const userRow = async (): Promise<unknown> =>
        ((await call(console, 'GET', '/users?filter=carol')).body as { users: unknown[] }).users[0];
      const entries = async (): Promise<readonly unknown[] | undefined> => {
        const { body } = await call(console, 'GET', '/rules?filter=carol');
        const [rule] = (body as { rules: { entries: { resource: string; actions: string[]; decision: string }[] }[] })
          .rules;
        return rule?.entries.map(({ resource, actions, decision }) => [resource, actions.join(), decision]);
      };
      await done('POST', '/users', { username: 'carol', password: 'carolSecret', userType: 'Normal' });
      const carol = { username: 'carol', userType: 'Normal', userStatus: 'enable', brokers, differs: false };
      assert.deepEqual(await userRow(), carol);
      const again = { brokers, username: 'carol', password: 'x', userType: 'Normal' };
      const [refused] = (await call(console, 'POST', '/users', again)).body as { ok: boolean; message: string }[];
      assert.equal(refused?.ok, false);
      assert.match(refused.message, /exist/);
      await done('PUT', '/users/carol', { userType: 'Super', userStatus: 'disable' });
      assert.deepEqual(await userRow(), { ...carol, userType: 'Super', userStatus: 'disable' });
      const rule = { actions: ['Pub', 'Sub'], decision: 'Allow' };
      await done('POST', '/rules', {
        ...rule,
        subject: 'User:carol',
        resources: ['Topic:T1', 'Group:*'],
        sourceIps: ['10.0.0.0/8'],
      });
      assert.deepEqual(await entries(), [
        ['Group:*', 'Pub,Sub', 'Allow'],
        ['Topic:T1', 'Pub,Sub', 'Allow'],
      ]);
      await done('PUT', '/rules/User:carol', { resources: ['Topic:T1'], actions: ['Pub'], decision: 'Deny' });
      await done('POST', '/rules/User:carol/delete', { resource: 'Group:*', confirm: 'User:carol' });
      assert.deepEqual(await entries(), [['Topic:T1', 'Pub', 'Deny']]);
      await done('POST', '/rules/User:carol/delete', { confirm: 'User:carol' });
      assert.equal(await entries(), undefined);
      await done('POST', '/users/carol/delete', { confirm: 'carol' });
      assert.equal(await userRow(), undefined);
    } finally {
      await console.stop();
    }
  });

  test('a visitor of the console that requires a login neither sees nor changes accounts', async () => {
    assert.equal((await call(dashboard, 'GET', '/users')).status, 401);
    const payload = { brokers: ['x'], username: 'x', password: 'x', userType: 'Super' };
    assert.equal((await call(dashboard, 'POST', '/users', payload)).status, 401);
  });
});
