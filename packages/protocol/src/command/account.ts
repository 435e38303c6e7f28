import { command, optional, str } from './table.ts';

/** Body: UserInfo. Source: CreateUserRequestHeader. */
export const AUTH_CREATE_USER = command(3001, 'AUTH_CREATE_USER', { request: { username: optional(str()) } });

/** Body: UserInfo; what it does not name is kept. Source: UpdateUserRequestHeader. */
export const AUTH_UPDATE_USER = command(3002, 'AUTH_UPDATE_USER', { request: { username: optional(str()) } });

/** Source: DeleteUserRequestHeader. */
export const AUTH_DELETE_USER = command(3003, 'AUTH_DELETE_USER', { request: { username: optional(str()) } });

/** Answer: UserInfo, no body for an unknown user. Source: GetUserRequestHeader. */
export const AUTH_GET_USER = command(3004, 'AUTH_GET_USER', { request: { username: optional(str()) } });

/** Answer: a list of UserInfo, no body when there is none. Source: ListUsersRequestHeader. */
export const AUTH_LIST_USER = command(3005, 'AUTH_LIST_USER', { request: { filter: optional(str()) } });

/** Body: AclInfo. `subject` is `User:name`. Source: CreateAclRequestHeader. */
export const AUTH_CREATE_ACL = command(3006, 'AUTH_CREATE_ACL', { request: { subject: optional(str()) } });

/** Body: AclInfo. Source: UpdateAclRequestHeader. */
export const AUTH_UPDATE_ACL = command(3007, 'AUTH_UPDATE_ACL', { request: { subject: optional(str()) } });

/** Without a resource all of the subject. Source: DeleteAclRequestHeader. */
export const AUTH_DELETE_ACL = command(3008, 'AUTH_DELETE_ACL', {
  request: { subject: optional(str()), policyType: optional(str()), resource: optional(str()) },
});

/** Answer: AclInfo, no body when the subject has none. Source: GetAclRequestHeader. */
export const AUTH_GET_ACL = command(3009, 'AUTH_GET_ACL', { request: { subject: optional(str()) } });

/** Answer: a list of AclInfo, no body when there is none. Source: ListAclsRequestHeader. */
export const AUTH_LIST_ACL = command(3010, 'AUTH_LIST_ACL', {
  request: { subjectFilter: optional(str()), resourceFilter: optional(str()) },
});
