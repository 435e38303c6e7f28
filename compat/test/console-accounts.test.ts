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
});
