import { Badge } from '@mantine/core';
import type { ReactNode } from 'react';
import { useText } from '../shell/language.ts';
import classes from './parts.module.css';
import { Scroller } from './scroller.tsx';
import { text } from './settings-text.ts';

/** One setting of a table. */
export interface SettingRow<Settings> {
  /** As in the list of what differs. */
  readonly name: string;
  readonly title: string;
  readonly render: (settings: Settings) => ReactNode;
}

/** What a broker has; no settings where it lacks the topic or group. */
export interface BrokerSettings<Settings> {
  readonly brokerName: string;
  readonly address: string;
  readonly settings?: Settings | undefined;
}

/** Settings in rows and brokers in columns; rows in which the brokers differ are marked. */
export function SettingsTable<Settings>(props: {
  readonly label: string;
  readonly brokers: readonly BrokerSettings<Settings>[];
  readonly rows: readonly SettingRow<Settings>[];
  /** Names of rows. */
  readonly differing: readonly string[];
}) {
  const { label, brokers, rows, differing } = props;
  const t = useText(text);
  return (
    <Scroller label={label}>
      <table className={classes.table} aria-label={label}>
        <thead>
          <tr>
            <th scope="col">{t.setting}</th>
            {brokers.map(({ brokerName, address }) => (
              <th key={brokerName} scope="col" title={address}>
                {brokerName}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, title, render }) => (
            <tr key={name}>
              <th scope="row">
                {title}
                {differing.includes(name) && (
                  <Badge tt="none" size="xs" color="yellow" variant="light" ml={6}>
                    {t.differs}
                  </Badge>
                )}
              </th>
              {brokers.map(({ brokerName, settings }) => (
                <td key={brokerName}>{settings === undefined ? t.notThere : render(settings)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroller>
  );
}
