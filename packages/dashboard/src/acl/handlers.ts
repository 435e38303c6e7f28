import type { ACL_ROUTES } from '../api/index.ts';
import type { Handlers } from '../http/bind.ts';
import { confirmed } from '../targets/confirm.ts';
import { changeRule, changeUser, createRule, createUser, deleteRule, deleteUser } from './change.ts';
import { listRules, listUsers } from './look.ts';

/** Handlers of `ACL_ROUTES`. */
export const aclHandlers: Handlers<typeof ACL_ROUTES> = {
  listUsers: ({ cluster, query }) => listUsers(cluster, query.filter),
  createUser: ({ cluster, body }) => createUser(cluster, body),
  changeUser: ({ cluster, params, body }) => changeUser(cluster, params.username, body),
  deleteUser: ({ cluster, params, body }) => {
    confirmed(params.username, body.confirm);
    return deleteUser(cluster, params.username, body.brokers);
  },
  listRules: ({ cluster, query }) => listRules(cluster, query.filter),
  createRule: ({ cluster, body }) => createRule(cluster, body.subject, body),
  changeRule: ({ cluster, params, body }) => changeRule(cluster, params.subject, body),
  deleteRule: ({ cluster, params, body }) => {
    confirmed(params.subject, body.confirm);
    return deleteRule(cluster, params.subject, body);
  },
};
