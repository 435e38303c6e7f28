import { PageHead } from '../../parts/page-head.tsx';
import { PageTabs } from '../../parts/page-tabs.tsx';
import { useCluster } from '../../shell/cluster.tsx';
import { useText } from '../../shell/language.ts';
import { pagePath, usePathBelow } from '../../shell/path.ts';
import { Rules } from './rules.tsx';
import { text } from './text.ts';
import { Users } from './users.tsx';

/** Users of the brokers and what they may do: `acl/users`, `acl/rules`. */
export default function Accounts() {
  const cluster = useCluster();
  const t = useText(text);
  const [part] = usePathBelow('acl');
  const here = part === 'rules' ? 'rules' : 'users';
  const tabs = (['users', 'rules'] as const).map((name) => ({
    name,
    title: t[name],
    path: pagePath(cluster.id, 'acl', name),
  }));
  return (
    <>
      <PageHead title={t.title} about={t.about} />
      <PageTabs label={t.tabs} tabs={tabs} here={here} />
      {here === 'users' ? <Users /> : <Rules />}
    </>
  );
}
