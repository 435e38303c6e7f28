import { Skeleton } from '@mantine/core';
import type { Finding, Overview } from '../../../../src/api/index.ts';
import { Card } from '../../parts/card.tsx';
import { useFormat } from '../../shell/format.ts';
import { Icon } from '../../shell/icon.tsx';
import { useText } from '../../shell/language.ts';
import classes from './overview.module.css';
import { text } from './text.ts';

/** What is wrong, in words. */
export function Health({ overview }: { readonly overview: Overview | undefined }) {
  const t = useText(text);
  const sentence = useSentence();
  return (
    <Card title={t.health}>
      {overview === undefined ? (
        <Skeleton h={22} />
      ) : (
        <ul className={classes.findings} aria-live="polite">
          {overview.findings.map((finding) => (
            <li key={sentence(finding)} className={`${classes.finding} ${classes[finding.severity]}`}>
              <Icon name={finding.severity} />
              <span>{sentence(finding)}</span>
            </li>
          ))}
          {overview.findings.length === 0 && (
            <li className={`${classes.finding} ${classes.good}`}>
              <Icon name={overview.brokers.every(({ isUp }) => isUp) ? 'check' : 'clock'} />
              <span>
                {overview.brokers.length > 0 && overview.brokers.every(({ isUp }) => isUp)
                  ? t.healthyText(overview.brokers.length)
                  : t.starting}
              </span>
            </li>
          )}
        </ul>
      )}
    </Card>
  );
}

/** A finding as a sentence. */
function useSentence(): (finding: Finding) => string {
  const t = useText(text);
  const format = useFormat();
  return (finding) => {
    switch (finding.kind) {
      case 'noNameServer':
        return t.noNameServer(finding.reason);
      case 'noBroker':
        return t.noBroker;
      case 'brokerDown':
        return t.brokerDown(
          finding.brokerName,
          finding.address,
          format.duration(Date.now() - finding.sinceMs),
          finding.reason,
        );
      case 'noMaster':
        return t.noMaster(finding.brokerName);
      case 'diskFull':
        return t.diskFull(finding.brokerName, format.percent(finding.ratio));
      case 'notWritable':
        return t.notWritable(finding.brokerName, finding.reason);
      case 'slowStore':
        return t.slowStore(finding.brokerName, format.rate(finding.latencyMs));
      case 'slowAnswers':
        return t.slowAnswers(finding.brokerName, format.count(finding.latencyMs));
      case 'diverged':
        return t.diverged(finding.brokerName, finding.reason);
      case 'versionsDiffer':
        return t.versionsDiffer(finding.versions.join(', '));
      case 'lag':
        return t.lag(finding.group, format.count(finding.lag));
      case 'historyInMemory':
        return t.historyInMemory(finding.reason);
    }
  };
}
