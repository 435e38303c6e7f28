import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useText } from '../shell/language.ts';
import classes from './parts.module.css';
import { text } from './text.ts';

/** Names with values, as bars: the longest is the highest value. */
export function Bars(props: {
  readonly label: string;
  readonly rows: readonly { readonly name: string; readonly value: number }[];
  readonly format: (value: number) => string;
  readonly nameOf?: (name: string) => ReactNode;
}) {
  const { label, rows, format, nameOf } = props;
  const t = useText(text);
  if (rows.length === 0)
    return (
      <Text size="sm" c="dimmed">
        {t.nothing}
      </Text>
    );
  const most = Math.max(...rows.map(({ value }) => value), Number.MIN_VALUE);
  return (
    <ol className={classes.bars} aria-label={label}>
      {rows.map(({ name, value }) => (
        <li key={name} className={classes.bar}>
          <span className={classes.barName} title={name}>
            {nameOf === undefined ? name : nameOf(name)}
          </span>
          <span>{format(value)}</span>
          <div className={classes.barTrack} aria-hidden="true">
            <div className={classes.barFill} style={{ width: `${(100 * value) / most}%` }} />
          </div>
        </li>
      ))}
    </ol>
  );
}
