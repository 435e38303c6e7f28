import { list, oneOf, optional, text, type ValuesOf } from './field.ts';
import type { BrokerFailure, BrokerResult } from './page.ts';
import { answer, route } from './route.ts';

/**
 * Whether a broker keeps accounts: it does; its configuration names no store for them; it has none although
 * its configuration names one; its version knows none.
 */
export type AccountState = 'kept' | 'notConfigured' | 'ignored' | 'unsupported';

/** A broker name and what it does with accounts. */
export interface AccountBroker {
  readonly brokerName: string;
  readonly cluster: string;
  readonly address: string;
  readonly state: AccountState;
  /** Whether clients must log in; undefined where its configuration could not be read. */
  readonly authentication: boolean | undefined;
  /** Whether rules are looked at. */
  readonly authorization: boolean | undefined;
}

/** A user on all brokers; each broker keeps its own. */
export interface AccountUser {
  readonly username: string;
  readonly userType: string | undefined;
  readonly userStatus: string | undefined;
  /** Names of brokers that have it. */
  readonly brokers: readonly string[];
  /** Brokers have it with another type or status, or some that keep accounts do not have it. */
  readonly differs: boolean;
}

/** What is allowed or denied on one resource. */
export interface AccountEntry {
  /** `Topic:T`, `Group:g*`, `Cluster:*`; `*` is everything. */
  readonly resource: string;
  readonly actions: readonly string[];
  /** Addresses and networks; empty: any. */
  readonly sourceIps: readonly string[];
  readonly decision: string;
  /** `Custom` or `Default`. */
  readonly policyType: string;
}

/** What one subject may do. */
export interface AccountRule {
  /** `User:name`. */
  readonly subject: string;
  /** Those of the first broker that has it. */
  readonly entries: readonly AccountEntry[];
  readonly brokers: readonly string[];
  /** Brokers have other entries, or some that keep accounts have none. */
  readonly differs: boolean;
}

interface Accounts {
  readonly brokers: readonly AccountBroker[];
  readonly failures: readonly BrokerFailure[];
}

export interface AccountUsers extends Accounts {
  readonly users: readonly AccountUser[];
}

export interface AccountRules extends Accounts {
  readonly rules: readonly AccountRule[];
}

export const USER_TYPES = ['Super', 'Normal'] as const;
export const USER_STATES = ['enable', 'disable'] as const;
export const ACL_ACTIONS = ['All', 'Pub', 'Sub', 'Create', 'Update', 'Delete', 'Get', 'List'] as const;
export const ACL_DECISIONS = ['Allow', 'Deny'] as const;
export const POLICY_TYPES = ['Custom', 'Default'] as const;

/** Names of brokers: their masters are written to. */
const BROKERS = list(text({ max: 255 }), { max: 1000 });
const NAME = text({ max: 255 });
const PASSWORD = text({ max: 1024 });

/** A change of a user: what is absent stays as it is. */
export const USER_CHANGE = {
  brokers: BROKERS,
  password: optional(PASSWORD),
  userType: optional(oneOf(...USER_TYPES)),
  userStatus: optional(oneOf(...USER_STATES)),
};
/** What `USER_CHANGE` reads. */
export type UserChangeForm = ValuesOf<typeof USER_CHANGE>;

export const USER_FORM = {
  brokers: BROKERS,
  username: NAME,
  password: PASSWORD,
  userType: oneOf(...USER_TYPES),
};
/** What `USER_FORM` reads. */
export type UserForm = ValuesOf<typeof USER_FORM>;

/** The same for each of the resources. */
export const RULE_CHANGE = {
  brokers: BROKERS,
  resources: list(text({ max: 512 }), { max: 200 }),
  actions: list(oneOf(...ACL_ACTIONS), { max: 8 }),
  sourceIps: optional(list(text({ max: 64 }), { max: 200 })),
  decision: oneOf(...ACL_DECISIONS),
  policyType: optional(oneOf(...POLICY_TYPES)),
};
/** What `RULE_CHANGE` reads. */
export type RuleChangeForm = ValuesOf<typeof RULE_CHANGE>;

export const RULE_FORM = { subject: NAME, ...RULE_CHANGE };

const RESULTS = answer<readonly BrokerResult[]>();

/** Users of the brokers and what they may do; of the login to the console they are only in its mode `acl`. */
export const ACL_ROUTES = {
  /** `filter`: a part of the name. Passwords are never shown. */
  listUsers: route('GET', '/clusters/:cluster/acl/users', {
    query: { filter: optional(text({ min: 0, max: 255 })) },
    answer: answer<AccountUsers>(),
  }),
  createUser: route('POST', '/clusters/:cluster/acl/users', { access: 'write', body: USER_FORM, answer: RESULTS }),
  changeUser: route('PUT', '/clusters/:cluster/acl/users/:username', {
    access: 'write',
    body: USER_CHANGE,
    answer: RESULTS,
  }),
  /** With its rules; `confirm` is its name once more. */
  deleteUser: route('POST', '/clusters/:cluster/acl/users/:username/delete', {
    access: 'write',
    body: { brokers: BROKERS, confirm: text() },
    answer: RESULTS,
  }),
  /** `filter`: a part of the subject. */
  listRules: route('GET', '/clusters/:cluster/acl/rules', {
    query: { filter: optional(text({ min: 0, max: 255 })) },
    answer: answer<AccountRules>(),
  }),
  /** Adds rules of a user, who must exist; those of the same resources are replaced. */
  createRule: route('POST', '/clusters/:cluster/acl/rules', { access: 'write', body: RULE_FORM, answer: RESULTS }),
  /** The same for one that has rules already; others of its resources stay. */
  changeRule: route('PUT', '/clusters/:cluster/acl/rules/:subject', {
    access: 'write',
    body: RULE_CHANGE,
    answer: RESULTS,
  }),
  /** Rules of one resource, or all of the subject; `confirm` is the subject once more. */
  deleteRule: route('POST', '/clusters/:cluster/acl/rules/:subject/delete', {
    access: 'write',
    body: { brokers: BROKERS, resource: optional(text({ max: 512 })), confirm: text() },
    answer: RESULTS,
  }),
};
