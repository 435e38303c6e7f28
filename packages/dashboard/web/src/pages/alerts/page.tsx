import { PageHead } from '../../parts/page-head.tsx';
import { PageTabs } from '../../parts/page-tabs.tsx';
import { useCluster } from '../../shell/cluster.tsx';
import { useText } from '../../shell/language.ts';
import { pagePath, usePathBelow } from '../../shell/path.ts';
import { AlertHistory } from './history.tsx';
import { Raised } from './raised.tsx';
import { AlertRules } from './rules.tsx';
import { text } from './text.ts';

const PARTS = ['now', 'rules', 'history'] as const;

/** What is raised, by which rules, and what was: `alerts/now`, `alerts/rules`, `alerts/history`. */
export default function AlertsPage() {
  const cluster = useCluster();
  const t = useText(text);
  const [part] = usePathBelow('alerts');
  const here = PARTS.find((each) => each === part) ?? 'now';
  const tabs = PARTS.map((name) => ({ name, title: t[name], path: pagePath(cluster.id, 'alerts', name) }));
  return (
    <>
      <PageHead title={t.title} about={t.about} />
      <PageTabs label={t.tabs} tabs={tabs} here={here} />
      {here === 'now' && <Raised />}
      {here === 'rules' && <AlertRules />}
      {here === 'history' && <AlertHistory />}
    </>
  );
}
