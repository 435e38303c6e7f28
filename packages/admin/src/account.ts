import {
  type AclInfo,
  AUTH_CREATE_ACL,
  AUTH_CREATE_USER,
  AUTH_DELETE_ACL,
  AUTH_DELETE_USER,
  AUTH_GET_ACL,
  AUTH_GET_USER,
  AUTH_LIST_ACL,
  AUTH_LIST_USER,
  AUTH_UPDATE_ACL,
  AUTH_UPDATE_USER,
  decodeAclInfo,
  decodeAclInfos,
  decodeUserInfo,
  decodeUserInfos,
  encodeAclInfo,
  encodeUserInfo,
  type UserInfo,
} from '@rocketmq-ts/protocol';
import type { Wire } from './wire.ts';

/** Accounts and what they may do. Each broker keeps its own; one without access control refuses with response code 1. */
export interface AccountOperations {
  createUser(address: string, user: UserInfo): Promise<void>;
  /** What `user` does not name is kept. */
  updateUser(address: string, user: UserInfo): Promise<void>;
  /** With all that it may do. */
  deleteUser(address: string, username: string): Promise<void>;
  /** Undefined when there is none. */
  getUser(address: string, username: string | undefined): Promise<UserInfo | undefined>;
  /** Those whose name contains `filter`. */
  listUsers(address: string, filter?: string): Promise<UserInfo[]>;
  createAcl(address: string, acl: AclInfo): Promise<void>;
  updateAcl(address: string, acl: AclInfo): Promise<void>;
  /** Without a resource: all of the subject. */
  deleteAcl(address: string, subject: string, resource?: string): Promise<void>;
  /** Undefined when the subject has none. */
  getAcl(address: string, subject: string | undefined): Promise<AclInfo | undefined>;
  listAcls(address: string, subjectFilter?: string, resourceFilter?: string): Promise<AclInfo[]>;
}

/** `AccountOperations` over the wire. */
export function accountOperations(wire: Wire): AccountOperations {
  const putUser = async (
    address: string,
    command: typeof AUTH_CREATE_USER | typeof AUTH_UPDATE_USER,
    user: UserInfo,
  ): Promise<void> => {
    await wire.broker(address, command, { username: user.username }, { body: encodeUserInfo(user) });
  };
  const putAcl = async (
    address: string,
    command: typeof AUTH_CREATE_ACL | typeof AUTH_UPDATE_ACL,
    acl: AclInfo,
  ): Promise<void> => {
    await wire.broker(address, command, { subject: acl.subject }, { body: encodeAclInfo(acl) });
  };
  return {
    createUser: (address, user) => putUser(address, AUTH_CREATE_USER, user),
    updateUser: (address, user) => putUser(address, AUTH_UPDATE_USER, user),
    async deleteUser(address, username) {
      await wire.broker(address, AUTH_DELETE_USER, { username });
    },
    async getUser(address, username) {
      const { body } = await wire.broker(address, AUTH_GET_USER, { username });
      return body.length === 0 ? undefined : decodeUserInfo(body);
    },
    async listUsers(address, filter) {
      return decodeUserInfos((await wire.broker(address, AUTH_LIST_USER, { filter })).body);
    },
    createAcl: (address, acl) => putAcl(address, AUTH_CREATE_ACL, acl),
    updateAcl: (address, acl) => putAcl(address, AUTH_UPDATE_ACL, acl),
    async deleteAcl(address, subject, resource) {
      await wire.broker(address, AUTH_DELETE_ACL, { subject, resource });
    },
    async getAcl(address, subject) {
      const { body } = await wire.broker(address, AUTH_GET_ACL, { subject });
      return body.length === 0 ? undefined : decodeAclInfo(body);
    },
    async listAcls(address, subjectFilter, resourceFilter) {
      return decodeAclInfos((await wire.broker(address, AUTH_LIST_ACL, { subjectFilter, resourceFilter })).body);
    },
  };
}
