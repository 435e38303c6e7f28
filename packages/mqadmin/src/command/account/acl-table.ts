import type { AclInfo } from '@rocketmq-ts/admin';
import { javaList } from '../../java-text.ts';
import { TextTable } from '../../text-table.ts';
import type { CommandContext } from '../entry.ts';

interface AclRow {
  readonly subject: string;
  readonly policyType: string;
  readonly resource: string;
  readonly actions: string;
  readonly sourceIps: string;
  readonly decision: string;
}

const ACLS = new TextTable<AclRow>([
  { head: '#Subject', pattern: '%-16s  ', of: 'subject' },
  { head: '#PolicyType', pattern: '%-10s  ', of: 'policyType' },
  { head: '#Resource', pattern: '%-22s  ', of: 'resource' },
  { head: '#Actions', pattern: '%-20s  ', of: 'actions' },
  { head: '#SourceIp', pattern: '%-24s  ', of: 'sourceIps' },
  { head: '#Decision', pattern: '%-10s', of: 'decision' },
]);

const listText = (list: readonly string[] | undefined): string => (list === undefined ? 'null' : javaList(list));

/** One row an entry; a subject without policies has one empty row. Source: GetAclSubCommand#printAcl, ListAclSubCommand#printAcl. */
export function printAcls(context: CommandContext, acls: readonly AclInfo[]): void {
  ACLS.print(context, acls.flatMap(rowsOf));
}

function rowsOf({ subject = 'null', policies }: AclInfo): AclRow[] {
  if (policies.length === 0)
    return [{ subject, policyType: '', resource: '', actions: '', sourceIps: '', decision: '' }];
  return policies.flatMap(({ policyType = 'null', entries }) =>
    entries.map(({ resource = 'null', actions, sourceIps, decision = 'null' }) => ({
      ...{ subject, policyType, resource, decision },
      ...{ actions: listText(actions), sourceIps: listText(sourceIps) },
    })),
  );
}
