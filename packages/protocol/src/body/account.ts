import type { JsonInput } from '../json/value.ts';
import { encodeJson } from '../json/write.ts';
import { Members } from './members.ts';

/** An account of a broker. A member that is not there is not changed, and not known. Source: UserInfo. */
export interface UserInfo {
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** `Super` or `Normal`; any case of letters is read. */
  readonly userType: string | undefined;
  /** `enable` or `disable`. */
  readonly userStatus: string | undefined;
}

/** What is allowed or denied on one resource. Source: AclInfo.PolicyEntryInfo. */
export interface PolicyEntryInfo {
  /** `Topic:T`, `Group:*`, `Cluster:C`. */
  readonly resource: string | undefined;
  /** `Pub`, `Sub`, `Create`, `Update`, `Delete`, `Get`, `List`, `All`. */
  readonly actions: readonly string[] | undefined;
  /** Addresses or networks; undefined: any. */
  readonly sourceIps: readonly string[] | undefined;
  /** `Allow` or `Deny`. */
  readonly decision: string | undefined;
}

/** Source: AclInfo.PolicyInfo. */
export interface PolicyInfo {
  /** `Custom` or `Default`; undefined in requests of Apache's tools. */
  readonly policyType: string | undefined;
  readonly entries: readonly PolicyEntryInfo[];
}

/** What one subject may do. Source: AclInfo. */
export interface AclInfo {
  /** `User:name`. */
  readonly subject: string | undefined;
  readonly policies: readonly PolicyInfo[];
}

/** The body, as Apache writes it. */
export function encodeUserInfo(user: UserInfo): Buffer {
  return encodeJson(user);
}

/** Throws BAD_BODY. */
export function decodeUserInfo(body: Uint8Array): UserInfo {
  return readUser(Members.parse(body, 'UserInfo'));
}

/** A list of them; none in an empty body. Throws BAD_BODY. */
export function decodeUserInfos(body: Uint8Array): UserInfo[] {
  return Members.array(body, 'UserInfo').map(readUser);
}

/** The body, as Apache writes it. */
export function encodeAclInfo(acl: AclInfo): Buffer {
  return encodeJson(acl as JsonInput);
}

/** Throws BAD_BODY. */
export function decodeAclInfo(body: Uint8Array): AclInfo {
  return readAcl(Members.parse(body, 'AclInfo'));
}

/** A list of them; none in an empty body. Throws BAD_BODY. */
export function decodeAclInfos(body: Uint8Array): AclInfo[] {
  return Members.array(body, 'AclInfo').map(readAcl);
}

function readUser(members: Members): UserInfo {
  return {
    username: members.optionalText('username'),
    password: members.optionalText('password'),
    userType: members.optionalText('userType'),
    userStatus: members.optionalText('userStatus'),
  };
}

function readAcl(members: Members): AclInfo {
  const readPolicy = (policy: Members): PolicyInfo => ({
    policyType: policy.optionalText('policyType'),
    entries: policy.objects('entries').map(readEntry),
  });
  return { subject: members.optionalText('subject'), policies: members.objects('policies').map(readPolicy) };
}

function readEntry(members: Members): PolicyEntryInfo {
  return {
    resource: members.optionalText('resource'),
    actions: members.has('actions') ? members.texts('actions') : undefined,
    sourceIps: members.has('sourceIps') ? members.texts('sourceIps') : undefined,
    decision: members.optionalText('decision'),
  };
}
