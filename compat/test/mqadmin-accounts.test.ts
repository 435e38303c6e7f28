import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { ApacheMqadmin, SEPARATE } from '../support/apache-mqadmin.ts';
import { type Cluster, startCluster } from '../support/cluster.ts';
import { differencesOn } from '../support/mqadmin-table/run-steps.ts';
import type { Step } from '../support/mqadmin-table/step.ts';
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

/** Each tool changes accounts of its own. */
const STEPS: readonly Step[] = [
  { line: 'createUser -b {broker} -u alice{tool} -p secret' },
  { line: 'createUser -b {broker} -u alice{tool} -p secret' },
  { line: 'createUser -c DefaultCluster -u bob{tool} -p secret -t Super' },
  { line: 'createUser -c NoSuchCluster -u bob{tool} -p secret', exitCode: 2 },
  { line: 'getUser -b {broker} -u alice{tool}' },
  { line: 'getUser -c DefaultCluster -u nobody' },
  { line: 'getUser -b {broker}' },
  { line: 'listUser -b {broker} -f {tool}', unordered: true },
  { line: 'listUser -c DefaultCluster -f alice{tool}' },
  { line: 'updateUser -b {broker} -u alice{tool} -s disable' },
  { line: 'updateUser -c DefaultCluster -u alice{tool} -t Super' },
  { line: 'updateUser -b {broker} -u nobody -p other' },
  { line: 'getUser -b {broker} -u alice{tool}' },
  { line: "createAcl -c DefaultCluster -s User:alice{tool} -r 'Topic:T1, Group:*' -a Pub,Sub -i 10.0.0.0/8 -d Allow" },
  { line: 'createAcl -b {broker} -s User:nobody -r Topic:T1 -a Pub -d Allow' },
  { line: 'createAcl -b {broker} -s User:alice{tool} -r Topic:T1 -a Any -d Allow' },
  { line: 'getAcl -b {broker} -s User:alice{tool}', unordered: true },
  { line: 'getAcl -c DefaultCluster -s User:alice{tool}', unordered: true },
  { line: 'updateAcl -b {broker} -s User:alice{tool} -r Topic:T1 -a Sub -d Deny' },
  { line: 'listAcl -b {broker} -s alice{tool}', unordered: true },
  { line: 'listAcl -c DefaultCluster -s alice{tool} -r Topic:T1', unordered: true },
  { line: 'copyUser -f {broker} -t {broker} -u alice{tool},nobody' },
  { line: 'copyAcl -f {broker} -t {broker} -s User:alice{tool}' },
  { line: 'deleteAcl -b {broker} -s User:alice{tool} -r Topic:T1' },
  { line: 'deleteAcl -c DefaultCluster -s User:alice{tool}' },
  { line: 'getAcl -b {broker} -s User:alice{tool}' },
  { line: 'deleteUser -b {broker} -u alice{tool}' },
  { line: 'deleteUser -c DefaultCluster -u bob{tool}' },
  { line: 'getAcl -b {broker} -s User:alice{tool}' },
];

suite('the account commands of both tools on Apache’s broker with access control', { skip: unlessJava() }, () => {
  let cluster: Cluster;
  let mqadmin: ApacheMqadmin;
  let differences: (string | undefined)[] = [];
  before(async () => {
    cluster = await startCluster({ namesrv: 'ours', broker: 'apache' }, AUTH);
    const home = join(cluster.home, 'mqadmin');
    mkdirSync(join(home, 'conf'), { recursive: true });
    writeFileSync(join(home, 'conf', 'tools.yml'), 'accessKey: root\nsecretKey: rootSecret\n');
    mqadmin = new ApacheMqadmin(home, SEPARATE);
    const { namesrv, broker } = cluster;
    const scene = { make: 'apache' as const, namesrv, names: { broker }, stop: async () => {} };
    differences = await differencesOn(STEPS, scene, mqadmin, home);
  });
  after(async () => {
    await mqadmin?.stop();
    await cluster?.stop();
  });

  for (const [index, { line }] of STEPS.entries()) {
    test(`mqadmin ${line} (${index + 1})`, () => assert.equal(differences[index], undefined));
  }
});
