import { Group, Paper, Title } from '@mantine/core';
import { type ReactNode, useId } from 'react';
import classes from './parts.module.css';

/** A part of a page with a title of its own. */
export function Card(props: {
  readonly title?: ReactNode;
  readonly tools?: ReactNode;
  readonly children: ReactNode;
  /** Without a padding: for tables. */
  readonly flush?: boolean;
}) {
  const { title, tools, children, flush = false } = props;
  const id = useId();
  return (
    <Paper
      component="section"
      withBorder
      className={classes.card}
      aria-labelledby={title === undefined ? undefined : id}
    >
      {title !== undefined && (
        <Group justify="space-between" className={classes.cardHead} gap="xs">
          <Title order={2} size="h2" id={id}>
            {title}
          </Title>
          {tools}
        </Group>
      )}
      <div className={flush ? classes.cardFlush : classes.cardBody}>{children}</div>
    </Paper>
  );
}
