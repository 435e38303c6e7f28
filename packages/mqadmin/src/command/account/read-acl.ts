import type { AclInfo } from '@rocketmq-ts/admin';
import { valueOption } from '@rocketmq-ts/kernel';
import type { Command, CommandContext } from '../entry.ts';
import { printAcls } from './acl-table.ts';
import { brokersToRead, readTargets, trimmed } from './brokers.ts';

/** Source: GetAclSubCommand. */
export const getAcl: Command = {
  className: 'GetAclSubCommand',
  options: [
    readTargets('get acl for which broker', 'get acl for specified cluster'),
    valueOption('s', 'subject', 'the subject of acl to get'),
  ],
  examples: [{ line: '-b 10.0.0.1:10911 -s User:alice', does: 'What an account may do.' }],
  async run(context) {
    const subject = trimmed(context, 's');
    await printEach(context, async (address) => {
      const acl = await context.admin.getAcl(address, subject);
      return acl === undefined ? [] : [acl];
    });
  },
};

/** Source: ListAclSubCommand. */
export const listAcl: Command = {
  className: 'ListAclSubCommand',
  options: [
    readTargets('list acl for which broker.', 'list acl for specified cluster.'),
    valueOption('s', 'subject', 'the subject of acl to filter.'),
    valueOption('r', 'resource', 'the resource of acl to filter.'),
  ],
  examples: [
    { line: '-b 10.0.0.1:10911', does: 'What accounts may do.' },
    { line: '-c DefaultCluster -r Topic:Orders', does: 'Who may do something with one topic, by each master.' },
  ],
  async run(context) {
    const [subject, resource] = [trimmed(context, 's'), trimmed(context, 'r')];
    await printEach(context, (address) => context.admin.listAcls(address, subject, resource));
  },
};

/** A table of each broker that has something. */
async function printEach(context: CommandContext, read: (address: string) => Promise<AclInfo[]>): Promise<void> {
  const brokers: { readonly address: string; readonly acls: readonly AclInfo[] }[] = [];
  for (const address of await brokersToRead(context)) {
    const acls = await read(address);
    if (acls.length > 0) printAcls(context, acls);
    brokers.push({ address, acls });
  }
  context.answer({ brokers });
}
