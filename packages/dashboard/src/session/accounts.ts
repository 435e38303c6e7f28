import type { Logger } from '@rocketmq-ts/kernel';
import { isPassword, MAX_PASSWORD_LENGTH, spendGuess } from './password.ts';
import type { Session } from './sessions.ts';
import type { Role, UsersFile } from './users-file.ts';

/** Somebody whose password was right. */
export interface Account {
  readonly name: string;
  readonly role: Role;
  /** What ends the account's sessions when it changes; undefined: nothing does. */
  readonly stored: string | undefined;
}

/** Where users are. */
export interface Accounts {
  /** Undefined for a wrong name or password. Rejects where that cannot be said now. */
  check(name: string, password: string): Promise<Account | undefined>;
  /** What the user of a session may do now; undefined when the session has to end. */
  roleOf(session: Session): Role | undefined;
  /** Whether there is anyone who could log in. */
  any(): boolean;
}

/** Users of users.properties. */
export function fileAccounts(file: UsersFile): Accounts {
  return {
    async check(name, password) {
      const user = file.users().get(name);
      if (user === undefined) {
        await spendGuess(password);
        return undefined;
      }
      return (await isPassword(password, user.stored)) ? user : undefined;
    },
    roleOf({ name, stored }) {
      const user = file.users().get(name);
      return user === undefined || user.stored !== stored ? undefined : user.role;
    },
    any: () => file.users().size > 0,
  };
}

/** The record of a user that a broker keeps (ACL 2.0). */
export interface BrokerUser {
  readonly username?: string | undefined;
  readonly userType?: string | undefined;
  readonly userStatus?: string | undefined;
}

/**
 * Users of the brokers: a name and password are right when a broker answers a request that they have signed. `ask` sends it, and
 * rejects when the broker refuses. Source: UserServiceImpl, authMode acl.
 */
export function brokerAccounts(
  ask: (name: string, password: string) => Promise<BrokerUser | undefined>,
  logger: Logger,
): Accounts {
  return {
    async check(name, password) {
      if (password.length > MAX_PASSWORD_LENGTH) return undefined;
      const user = await ask(name, password).catch((error: unknown) => {
        logger.info('A broker refused a login', { user: name, error });
        return undefined;
      });
      if (user === undefined || user.userStatus?.toLowerCase() === 'disable') return undefined;
      return { name, role: user.userType?.toLowerCase() === 'super' ? 'super' : 'normal', stored: undefined };
    },
    roleOf: ({ role }) => role,
    any: () => true,
  };
}
