import { exactlyOne, requiredOption, valueOption } from '@rocketmq-ts/kernel';
import type { Command } from '../entry.ts';
import { changeEach, changeTargets, trimmed } from './brokers.ts';

/** Source: CreateUserSubCommand. */
export const createUser: Command = {
  className: 'CreateUserSubCommand',
  options: [
    changeTargets('create user to which cluster', 'create user to which broker'),
    requiredOption('u', 'username', 'the username of user to create.'),
    requiredOption('p', 'password', 'the password of user to create'),
    valueOption('t', 'userType', 'the userType of user to create'),
  ],
  examples: [
    { line: '-c DefaultCluster -u alice -p secret', does: 'An account on every broker of the cluster.' },
    { line: '-b 10.0.0.1:10911 -u root -p secret -t Super', does: 'One that may do everything, on one broker.' },
  ],
  async run(context) {
    const user = {
      username: context.options.text('u').trim(),
      password: context.options.text('p').trim(),
      userType: trimmed(context, 't'),
      userStatus: undefined,
    };
    const brokers = await changeEach(context, 'create user to %s success.%n', (address) =>
      context.admin.createUser(address, user),
    );
    context.answer({ username: user.username, userType: user.userType, brokers });
  },
};

/** Source: UpdateUserSubCommand. */
export const updateUser: Command = {
  className: 'UpdateUserSubCommand',
  options: [
    changeTargets('update user to which cluster', 'update user to which broker'),
    requiredOption('u', 'username', 'the username of user to update.'),
    exactlyOne(
      valueOption('p', 'password', 'the password of user to update'),
      valueOption('t', 'userType', 'the userType of user to update'),
      valueOption('s', 'userStatus', 'the userStatus of user to update'),
    ),
  ],
  examples: [
    { line: '-c DefaultCluster -u alice -p other', does: 'A new password.' },
    { line: '-c DefaultCluster -u alice -s disable', does: 'The account can not be used until it is enabled.' },
  ],
  async run(context) {
    const user = {
      username: context.options.text('u').trim(),
      password: trimmed(context, 'p'),
      userType: trimmed(context, 't'),
      userStatus: trimmed(context, 's'),
    };
    const brokers = await changeEach(context, 'update user to %s success.%n', (address) =>
      context.admin.updateUser(address, user),
    );
    const { username, userType, userStatus } = user;
    context.answer({ username, userType, userStatus, brokers });
  },
};

/** Source: DeleteUserSubCommand. */
export const deleteUser: Command = {
  className: 'DeleteUserSubCommand',
  options: [
    changeTargets('delete acl from which cluster', 'delete user from which broker'),
    requiredOption('u', 'username', 'the username of user to delete.'),
  ],
  examples: [{ line: '-c DefaultCluster -u alice', does: 'The account and all that it may do.' }],
  async run(context) {
    const username = context.options.text('u').trim();
    const brokers = await changeEach(context, 'delete user to %s success.%n', (address) =>
      context.admin.deleteUser(address, username),
    );
    context.answer({ username, brokers });
  },
};
