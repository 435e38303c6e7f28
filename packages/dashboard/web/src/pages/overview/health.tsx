import { Skeleton } from '@mantine/core';
import type { Overview } from '../../../../src/api/index.ts';
import { Card } from '../../parts/card.tsx';
import { Icon } from '../../shell/icon.tsx';
import { useText } from '../../shell/language.ts';
import classes from './overview.module.css';
import { text } from './text.ts';
import { useSentence } from './use-sentence.ts';

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
