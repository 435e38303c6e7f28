import { requiredOption, valueOption } from '@rocketmq-ts/kernel';
import type { Command, CommandContext } from '../entry.ts';
import { listValue } from './brokers.ts';

/** What is copied: accounts, or what they may do. */
interface Kind<Item> {
  readonly word: 'user' | 'acl';
  get(address: string, name: string): Promise<Item | undefined>;
  list(address: string): Promise<Item[]>;
  name(item: Item): string;
  create(address: string, item: Item): Promise<void>;
  update(address: string, item: Item): Promise<void>;
}

/** Source: CopyUsersSubCommand. */
export const copyUser: Command = {
  className: 'CopyUsersSubCommand',
  options: [
    requiredOption('f', 'fromBroker', 'the source broker that the users copy from'),
    requiredOption('t', 'toBroker', 'the target broker that the users copy to'),
    valueOption('u', 'usernames', 'the username list of user to copy.'),
  ],
  examples: [
    { line: '-f 10.0.0.1:10911 -t 10.0.0.2:10911', does: 'All accounts of a broker to a new one.' },
    { line: '-f 10.0.0.1:10911 -t 10.0.0.2:10911 -u alice,bob', does: 'Two of them.' },
  ],
  async run(context) {
    const { admin } = context;
    await copy(context, context.options.value('u'), {
      word: 'user',
      get: admin.getUser,
      list: (address) => admin.listUsers(address),
      name: ({ username = '' }) => username,
      create: admin.createUser,
      update: admin.updateUser,
    });
  },
};

/** Source: CopyAclsSubCommand. */
export const copyAcl: Command = {
  className: 'CopyAclsSubCommand',
  options: [
    requiredOption('f', 'fromBroker', 'the source broker that the acls copy from'),
    requiredOption('t', 'toBroker', 'the target broker that the acls copy to'),
    valueOption('s', 'subjects', 'the subject list of acl to copy.'),
  ],
  examples: [
    {
      line: '-f 10.0.0.1:10911 -t 10.0.0.2:10911',
      does: 'What accounts may do on a broker to a new one; the accounts must be there.',
    },
    { line: '-f 10.0.0.1:10911 -t 10.0.0.2:10911 -s User:alice', does: 'That of one account.' },
  ],
  async run(context) {
    const { admin } = context;
    await copy(context, context.options.value('s'), {
      word: 'acl',
      get: admin.getAcl,
      list: (address) => admin.listAcls(address),
      name: ({ subject = '' }) => subject,
      create: admin.createAcl,
      update: admin.updateAcl,
    });
  },
};

/** Those that are named and exist, or all; one that the target has is changed to be the same. */
async function copy<Item>(context: CommandContext, named: string | undefined, kind: Kind<Item>): Promise<void> {
  const from = context.options.text('f').trim();
  const to = context.options.text('t').trim();
  const names = listValue(named?.trim()) ?? [];
  const items: Item[] = [];
  if (names.length === 0) items.push(...(await kind.list(from)));
  for (const name of names) {
    const item = await kind.get(from, name);
    if (item !== undefined) items.push(item);
  }
  const copied: string[] = [];
  for (const item of items) {
    const name = kind.name(item);
    const exists = (await kind.get(to, name)) !== undefined;
    await (exists ? kind.update(to, item) : kind.create(to, item));
    context.print(`copy ${kind.word} of %s from %s to %s success.%n`, name, from, to);
    copied.push(name);
  }
  context.answer({ from, to, copied });
}
