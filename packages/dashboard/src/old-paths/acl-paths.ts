import { type BrokerTarget, targetsOf } from '../targets/broker-target.ts';
import { askAll, changeAll, chosenTargets, type OldCall, type OldEndpoint } from './endpoint.ts';
import { OldPathError, type Values } from './values.ts';

/**
 * `/acl/…`: users and permissions of brokers with ACL 2.0; others refuse, and their remark is the answer. Lists without a
 * broker are what any broker of the cluster has, where Apache's dashboard hides what one of them lacks. Source: AclController,
 * AclServiceImpl.
 */
export const aclPaths: readonly OldEndpoint[] = [
  {
    method: 'GET',
    path: '/acl/users.query',
    access: 'read',
    async run(call) {
      const answers = await askAll(call, await targetsOfCall(call, call.values), (address) =>
        call.admin.listUsers(address),
      );
      const users = new Map(answers.flatMap(({ value }) => value.map((user) => [user.username ?? '', user] as const)));
      // Passwords stay on the brokers.
      return [...users.values()].map(({ username, userType, userStatus }) => ({
        ...{ username, password: null, userType, userStatus },
      }));
    },
  },
  {
    method: 'GET',
    path: '/acl/acls.query',
    access: 'read',
    async run(call) {
      const filter = call.values.optional('searchParam');
      const targets = await targetsOfCall(call, call.values);
      const answers = await askAll(call, targets, (address) => call.admin.listAcls(address, filter));
      const acls = new Map(answers.flatMap(({ value }) => value.map((acl) => [acl.subject ?? '', acl] as const)));
      return [...acls.values()];
    },
  },
  { method: 'POST', path: '/acl/createUser.do', access: 'write', run: (call) => putUser(call, 'createUser') },
  { method: 'POST', path: '/acl/updateUser.do', access: 'write', run: (call) => putUser(call, 'updateUser') },
  {
    method: 'DELETE',
    path: '/acl/deleteUser.do',
    access: 'write',
    async run(call) {
      const username = call.values.text('username');
      return changeAll(call, await targetsOfCall(call, call.values), (address) =>
        call.admin.deleteUser(address, username),
      );
    },
  },
  { method: 'POST', path: '/acl/createAcl.do', access: 'write', run: (call) => putAcl(call, 'createAcl') },
  { method: 'POST', path: '/acl/updateAcl.do', access: 'write', run: (call) => putAcl(call, 'updateAcl') },
  {
    method: 'DELETE',
    path: '/acl/deleteAcl.do',
    access: 'write',
    async run(call) {
      const subject = call.values.text('subject');
      const resource = call.values.optional('resource');
      return changeAll(call, await targetsOfCall(call, call.values), (address) =>
        call.admin.deleteAcl(address, subject, resource),
      );
    },
  },
];

/** A broker, the brokers of a cluster, or all. */
async function targetsOfCall({ admin }: OldCall, values: Values): Promise<BrokerTarget[]> {
  const info = await admin.examineClusterInfo();
  const brokerName = values.optional('brokerName');
  if (brokerName !== undefined) return chosenTargets(info, [], [brokerName]);
  const cluster = values.optional('clusterName');
  return cluster === undefined ? targetsOf(info) : chosenTargets(info, [cluster], []);
}

async function putUser(call: OldCall, operation: 'createUser' | 'updateUser'): Promise<unknown> {
  const given = call.values.object('userInfo');
  const user = {
    username: given.text('username'),
    password: given.optional('password'),
    userType: given.optional('userType'),
    userStatus: given.optional('userStatus'),
  };
  return changeAll(call, await targetsOfCall(call, call.values), (address) => call.admin[operation](address, user));
}

/** An entry of a request has several resources, one of a broker has one. */
async function putAcl(call: OldCall, operation: 'createAcl' | 'updateAcl'): Promise<unknown> {
  const { values } = call;
  const subject = values.text('subject');
  const policies = values.objects('policies').map((policy) => ({
    policyType: policy.optional('policyType') ?? 'Custom',
    entries: policy.objects('entries').flatMap((entry) => {
      const resources = entry.texts('resource');
      if (resources.length === 0) throw new OldPathError("Required parameter 'resource' is not present.");
      return resources.map((resource) => ({
        resource,
        actions: entry.texts('actions'),
        sourceIps: entry.texts('sourceIps'),
        decision: entry.text('decision'),
      }));
    }),
  }));
  return changeAll(call, await targetsOfCall(call, values), (address) =>
    call.admin[operation](address, { subject, policies }),
  );
}
