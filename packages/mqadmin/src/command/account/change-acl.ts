import type { AclInfo } from '@rocketmq-ts/admin';
import { type OptionDeclaration, requiredOption, valueOption } from '@rocketmq-ts/kernel';
import type { Command, CommandContext } from '../entry.ts';
import { changeEach, changeTargets, listValue, trimmed } from './brokers.ts';

function aclOptions(verb: string): OptionDeclaration[] {
  return [
    requiredOption('s', 'subject', `the subject of acl to ${verb}.`),
    requiredOption('r', 'resources', `the resources of acl to ${verb}`),
    requiredOption('a', 'actions', `the actions of acl to ${verb}`),
    valueOption('i', 'sourceIp', `the sourceIps of acl to ${verb}`),
    requiredOption('d', 'decision', `the decision of acl to ${verb}`),
  ];
}

/** One policy with an entry for each resource. Source: AclInfo#of. */
function wantedAcl({ options }: CommandContext): AclInfo {
  const actions = listValue(options.value('a'));
  const sourceIps = listValue(options.value('i'));
  const decision = options.text('d').trim();
  const entries = (listValue(options.value('r')) ?? []).map((resource) => ({ resource, actions, sourceIps, decision }));
  return { subject: options.text('s').trim(), policies: [{ policyType: undefined, entries }] };
}

/** Source: CreateAclSubCommand. */
export const createAcl: Command = {
  className: 'CreateAclSubCommand',
  options: [changeTargets('create acl to which cluster', 'create acl to which broker'), ...aclOptions('create')],
  examples: [
    {
      line: '-c DefaultCluster -s User:alice -r Topic:Orders,Group:billing -a Pub,Sub -d Allow',
      does: 'An account may send and receive.',
    },
    {
      line: '-c DefaultCluster -s User:alice -r Topic:* -a Pub -i 10.0.0.0/8 -d Allow',
      does: 'It may send to every topic, from one network.',
    },
  ],
  run: (context) => put(context, 'create acl to %s success.%n', context.admin.createAcl),
};

/** Source: UpdateAclSubCommand. */
export const updateAcl: Command = {
  className: 'UpdateAclSubCommand',
  options: [changeTargets('update acl to which cluster', 'update acl to which broker'), ...aclOptions('update')],
  examples: [
    { line: '-c DefaultCluster -s User:alice -r Topic:Orders -a Sub -d Allow', does: 'It may only receive any more.' },
  ],
  run: (context) => put(context, 'update acl to %s success.%n', context.admin.updateAcl),
};

async function put(
  context: CommandContext,
  success: string,
  change: (address: string, acl: AclInfo) => Promise<void>,
): Promise<void> {
  const acl = wantedAcl(context);
  const brokers = await changeEach(context, success, (address) => change(address, acl));
  context.answer({ ...acl, brokers });
}

/** Source: DeleteAclSubCommand. */
export const deleteAcl: Command = {
  className: 'DeleteAclSubCommand',
  options: [
    changeTargets('delete acl from which cluster', 'delete acl from which broker'),
    requiredOption('s', 'subject', 'the subject of acl to delete.'),
    valueOption('r', 'resources', 'the resources of acl to delete'),
  ],
  examples: [
    { line: '-c DefaultCluster -s User:alice', does: 'Everything that an account may do.' },
    { line: '-c DefaultCluster -s User:alice -r Topic:Orders', does: 'What it may do with one topic.' },
  ],
  async run(context) {
    const subject = context.options.text('s').trim();
    const resource = trimmed(context, 'r');
    const brokers = await changeEach(context, 'delete acl to %s success.%n', (address) =>
      context.admin.deleteAcl(address, subject, resource),
    );
    context.answer({ subject, resource, brokers });
  },
};
