import { Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';

/** In place of what is not there: what it is, and what to do. */
export function Empty(props: {
  readonly title: string;
  readonly isPage?: boolean;
  readonly children?: ReactNode;
  readonly action?: ReactNode;
}) {
  const { title, isPage = false, children, action } = props;
  return (
    <Stack align="center" gap={6} py={48} px="md">
      <Title order={isPage ? 1 : 2} size="h2">
        {title}
      </Title>
      {children !== undefined && (
        <Text c="dimmed" size="sm" ta="center" maw={520}>
          {children}
        </Text>
      )}
      {action}
    </Stack>
  );
}
