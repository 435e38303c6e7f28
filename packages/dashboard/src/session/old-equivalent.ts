import type { Access } from '../api/index.ts';

/**
 * The end-point of Apache's dashboard that does the same as a route of the API, so that role-permission.yml is one set of
 * rules: by the first part of the route's path below the cluster. `read` and `write` are the end-points that a normal user must
 * be allowed to call.
 */
const EQUIVALENTS: Readonly<Record<string, { readonly read: string; readonly write: string }>> = {
  topics: { read: '/topic/list.query', write: '/topic/createOrUpdate.do' },
  groups: { read: '/consumer/groupList.query', write: '/consumer/createOrUpdate.do' },
  producers: { read: '/producer/producerConnection.query', write: '/producer/none.do' },
  messages: { read: '/message/viewMessage.query', write: '/message/consumeMessageDirectly.do' },
  traces: { read: '/messageTrace/viewMessage.query', write: '/messageTrace/none.do' },
  trace: { read: '/messageTrace/viewMessage.query', write: '/messageTrace/none.do' },
  'dead-letters': {
    read: '/dlqMessage/queryDlqMessageByConsumerGroup.query',
    write: '/dlqMessage/batchResendDlqMessage.do',
  },
  proxies: { read: '/proxy/homePage.query', write: '/proxy/updateProxyAddr.do' },
  overview: { read: '/dashboard/broker.query', write: '/dashboard/none.do' },
  brokers: { read: '/cluster/list.query', write: '/cluster/updateBrokerConfig.do' },
  alerts: { read: '/monitor/consumerMonitorConfig.query', write: '/monitor/createOrUpdateConsumerMonitor.do' },
  acl: { read: '/acl/users.query', write: '/acl/updateUser.do' },
};

const OTHER = { read: '/ops/homePage.query', write: '/ops/updateNameSvrAddr.do' };

/** Changes that are rights of their own in Apache's file: who may create is not for that reason one who may delete. */
const OWN_RIGHTS: readonly (readonly [RegExp, string])[] = [
  [/\/topics\/:\w+\/messages$/, '/topic/sendTopicMessage.do'],
  [/\/topics\/:\w+\/delete$/, '/topic/deleteTopic.do'],
  [/\/topics\/:\w+\/reset$/, '/consumer/resetOffset.do'],
  [/\/groups\/:\w+\/clone$/, '/consumer/resetOffset.do'],
  [/\/groups\/:\w+\/delete$/, '/consumer/deleteSubGroup.do'],
  [/\/alerts\/rules\/:\w+\/delete$/, '/monitor/deleteConsumerMonitor.do'],
  [/\/proxies$/, '/proxy/addProxyAddr.do'],
  [/\/acl\/users$/, '/acl/createUser.do'],
  [/\/acl\/users\/:\w+\/delete$/, '/acl/deleteUser.do'],
  [/\/acl\/rules$/, '/acl/createAcl.do'],
  [/\/acl\/rules\/:\w+$/, '/acl/updateAcl.do'],
  [/\/acl\/rules\/:\w+\/delete$/, '/acl/deleteAcl.do'],
  [/\/messages\/:\w+\/:\w+\/resend$/, '/topic/sendTopicMessage.do'],
];

/** `pattern`: as it is declared, `/api/v1/clusters/:cluster/topics/:topic`. */
export function oldEquivalent(pattern: string, access: Access): string {
  const path = pattern.replace(/^\/api\/v1/, '');
  const own = access === 'write' ? OWN_RIGHTS.find(([form]) => form.test(path)) : undefined;
  if (own !== undefined) return own[1];
  const [area = ''] = path
    .replace(/^\/clusters\/:\w+/, '')
    .split('/')
    .filter((part) => part !== '');
  const equivalent = EQUIVALENTS[area] ?? OTHER;
  return access === 'write' ? equivalent.write : equivalent.read;
}
