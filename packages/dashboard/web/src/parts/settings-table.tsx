import { Badge } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './parts.module.css';
import { Scroller } from './scroller.tsx';

/** One setting of a table. */
export interface SettingRow<Settings> {
  /** As in the list of what differs. */
  readonly name: string;
  readonly title: string;
  readonly render: (settings: Settings) => ReactNode;
}

/** Settings in rows and brokers in columns; rows in which the brokers differ are marked. */
export function SettingsTable<Settings>(props: {
  readonly label: string;
  readonly brokers: readonly {
    readonly brokerName: string;
    readonly address: string;
    readonly settings?: Settings | undefined;
  }[];
  readonly rows: readonly SettingRow<Settings>[];
  readonly differing: readonly string[];
  readonly differsText: string;
  readonly settingTitle: string;
  readonly notThere: string;
}) {
  const { label, brokers, rows, differing, differsText, settingTitle, notThere } = props;
  return (
    <Scroller label={label}>
      <table className={classes.table} aria-label={label}>
        <thead>
          <tr>
            <th scope="col">{settingTitle}</th>
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
                    {differsText}
                  </Badge>
                )}
              </th>
              {brokers.map(({ brokerName, settings }) => (
                <td key={brokerName}>{settings === undefined ? notThere : render(settings)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroller>
  );
}
