import { valueOption } from '@rocketmq-ts/kernel';
import type { Command } from '../entry.ts';
import { brokersToRead, readTargets, trimmed } from './brokers.ts';
import { USERS } from './user-table.ts';

/** Source: GetUserSubCommand. */
export const getUser: Command = {
  className: 'GetUserSubCommand',
  options: [
    readTargets('get user for which broker', 'get user for specified cluster'),
    valueOption('u', 'username', 'the username of user to get'),
  ],
  examples: [{ line: '-b 10.0.0.1:10911 -u alice', does: 'One account, with its password.' }],
  async run(context) {
    const username = trimmed(context, 'u');
    for (const address of await brokersToRead(context)) {
      const user = await context.admin.getUser(address, username);
      if (user === undefined) continue;
      USERS.print(context, [user]);
      return context.answer({ address, user });
    }
    context.answer({ user: null });
  },
};

/** Source: ListUserSubCommand. */
export const listUser: Command = {
  className: 'ListUserSubCommand',
  options: [
    readTargets('list user for which broker', 'list user for specified cluster'),
    valueOption('f', 'filter', 'the filter to list users'),
  ],
  examples: [
    { line: '-b 10.0.0.1:10911', does: 'All accounts of a broker, with their passwords.' },
    { line: '-c DefaultCluster -f ali', does: 'Those with ali in their name, of the first master that has one.' },
  ],
  async run(context) {
    const filter = trimmed(context, 'f');
    for (const address of await brokersToRead(context)) {
      const users = await context.admin.listUsers(address, filter);
      if (users.length === 0) continue;
      USERS.print(context, users);
      if (!context.options.has('b')) context.print('get user from %s success.%n', address);
      return context.answer({ address, users });
    }
    context.answer({ users: [] });
  },
};
