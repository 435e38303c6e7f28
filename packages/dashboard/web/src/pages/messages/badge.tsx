import { type BadgeProps, Badge as MantineBadge } from '@mantine/core';

/** A state in a table, in its own letters and never cut. */
export function Badge(props: BadgeProps & { readonly title?: string | undefined }) {
  return <MantineBadge variant="light" tt="none" styles={WHOLE} {...props} />;
}

const WHOLE = { label: { overflow: 'visible' } } as const;
