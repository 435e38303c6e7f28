import { Anchor, Group, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { Icon } from '../shell/icon.tsx';

const LONG = { overflowWrap: 'anywhere' } as const;

/** Title of a page, the way back to the list that it belongs to, a sentence about it, and what can be done on it. */
export function PageHead(props: {
  readonly title: ReactNode;
  readonly back?: { readonly path: string; readonly title: string };
  readonly about?: ReactNode;
  readonly children?: ReactNode;
}) {
  const { title, back, about, children } = props;
  return (
    <Group justify="space-between" align="flex-end" mb="md" gap="sm">
      <Stack gap={2} miw={0}>
        {back !== undefined && (
          <Anchor component={Link} href={back.path} size="sm">
            <Group component="span" gap={4}>
              <Icon name="left" size={14} />
              {back.title}
            </Group>
          </Anchor>
        )}
        <Title order={1} size="h1" style={LONG}>
          {title}
        </Title>
        {about !== undefined && (
          <Text size="sm" c="dimmed" style={LONG}>
            {about}
          </Text>
        )}
      </Stack>
      <Group gap="xs">{children}</Group>
    </Group>
  );
}
