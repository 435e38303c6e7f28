import type { UserInfo } from '@rocketmq-ts/admin';
import { TextTable } from '../../text-table.ts';

/** What Java prints for a member that is not there. */
const orNull = (text: string | undefined): string => text ?? 'null';

/** Source: GetUserSubCommand, ListUserSubCommand. */
export const USERS = new TextTable<UserInfo>([
  { head: '#UserName', pattern: '%-16s  ', of: ({ username }) => orNull(username) },
  { head: '#Password', pattern: '%-22s  ', of: ({ password }) => orNull(password) },
  { head: '#UserType', pattern: '%-22s  ', of: ({ userType }) => orNull(userType) },
  { head: '#UserStatus', pattern: '%-22s', of: ({ userStatus }) => orNull(userStatus) },
]);
