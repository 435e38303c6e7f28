import {
  type Admin,
  AdminError,
  type Credentials,
  masterAddresses,
  ResponseCode,
  selectBrokerAddress,
  type UserInfo,
} from '@rocketmq-ts/admin';
import type { Logger, Platform } from '@rocketmq-ts/kernel';
import { type Accounts, type BrokerUser, brokerAccounts, fileAccounts } from './accounts.ts';
import { isSamePassword } from './password.ts';
import { RolePermission } from './role-permission.ts';
import { SessionGate } from './session-gate.ts';
import { UsersFile } from './users-file.ts';

/** How people log in. */
export interface SessionOptions {
  /** Nothing is shown before a login. Default false: then only other machines need one, and only for changes. */
  readonly loginRequired?: boolean | undefined;
  /** Where users are: `users.properties` of the data folder, or the records of the brokers. Default `file`. */
  readonly authMode?: 'file' | 'acl' | undefined;
  /** A session without requests ends after so long. Default 30 minutes. */
  readonly idleMs?: number | undefined;
  /** Names of the console besides `localhost`, addresses, and names without a dot. */
  readonly ownNames?: readonly string[] | undefined;
}

/** What `createSession` needs besides. */
export interface SessionSurroundings {
  readonly platform: Platform;
  readonly logger: Logger;
  /** Folder of `users.properties` and `role-permission.yml`; undefined: there are no users in files. */
  readonly dataPath: string | undefined;
  /** Ends with a slash. */
  readonly basePath: string;
  /** An admin that signs as this user, not started; for `authMode` acl. */
  readonly adminOf: (user: Credentials) => Admin;
  /** What the console itself signs with; undefined: it does not. */
  readonly credentials: Credentials | undefined;
}

/** The gate of a console, and what its first start made. */
export interface ConsoleSession {
  readonly gate: SessionGate;
  /** Makes a first user where a login is required and nobody could log in; undefined where there was no need. */
  prepare(): Promise<FirstUser | undefined>;
}

/** A user that the first start made; the password is nowhere else. */
export interface FirstUser {
  readonly name: string;
  readonly password: string;
}

const IDLE_MS = 30 * 60_000;
const USERS_FILE = 'users.properties';
const ROLES_FILE = 'role-permission.yml';

/** The gate for these options. */
export function createSession(options: SessionOptions, surroundings: SessionSurroundings): ConsoleSession {
  const { platform, logger, dataPath, basePath } = surroundings;
  const { loginRequired = false, authMode = 'file', idleMs = IDLE_MS } = options;
  const files = { disk: platform.disk, clock: platform.clock, logger };
  const users = dataPath === undefined ? undefined : new UsersFile(`${dataPath}/${USERS_FILE}`, files);
  const gate = new SessionGate({
    ...{ clock: platform.clock, random: platform.random, logger, loginRequired, idleMs, basePath },
    accounts: accountsOf(authMode, users, surroundings),
    permission:
      dataPath === undefined ? { allows: () => false } : new RolePermission(`${dataPath}/${ROLES_FILE}`, files),
    ownNames: new Set((options.ownNames ?? []).map((name) => name.toLowerCase())),
  });
  return {
    gate,
    prepare: async () => {
      if (!loginRequired || authMode === 'acl') return undefined;
      return users?.createFirst(platform.random);
    },
  };
}

const NOBODY: Accounts = { check: async () => undefined, roleOf: () => undefined, any: () => false };

function accountsOf(
  authMode: 'file' | 'acl',
  users: UsersFile | undefined,
  surroundings: SessionSurroundings,
): Accounts {
  if (authMode === 'acl')
    return brokerAccounts((name, password) => askBrokers(surroundings, name, password), surroundings.logger);
  return users === undefined ? NOBODY : fileAccounts(users);
}

/**
 * The record of a user whose password is right; undefined for a wrong one. The user signs the question. A normal user may not read records,
 * the own one neither, and is refused like one with a wrong password: then the console asks as itself, and compares the password of the
 * record. Source: UserServiceImpl, authMode acl.
 */
async function askBrokers(
  { adminOf, credentials }: SessionSurroundings,
  name: string,
  password: string,
): Promise<BrokerUser | undefined> {
  try {
    return await recordOf(adminOf({ accessKey: name, secretKey: password }), name);
  } catch (error) {
    const isRefused = error instanceof AdminError && error.responseCode === ResponseCode.NO_PERMISSION;
    if (credentials === undefined || !isRefused) throw error;
    const user = await recordOf(adminOf(credentials), name);
    // Also compared where there is nothing to compare with, so that the time does not show which names exist.
    const isSame = await isSamePassword(password, user?.password ?? '');
    return isSame && user?.password !== undefined ? user : undefined;
  }
}

/** From the first broker that answers. */
async function recordOf(started: Admin, name: string): Promise<UserInfo | undefined> {
  await using admin = started;
  await admin.start();
  const info = await admin.examineClusterInfo();
  const masters = [...info.clusterAddrTable.keys()].flatMap((cluster) => masterAddresses(info, cluster) ?? []);
  const others = [...info.brokerAddrTable.values()].flatMap((broker) => selectBrokerAddress(broker) ?? []);
  let failure: unknown;
  for (const address of new Set([...masters, ...others])) {
    try {
      return await admin.getUser(address, name);
    } catch (error) {
      failure = error;
      if (!(error instanceof AdminError) || error.code !== 'UNREACHABLE') break;
    }
  }
  throw failure;
}
