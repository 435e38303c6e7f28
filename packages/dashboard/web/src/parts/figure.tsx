import { Paper, Text } from '@mantine/core';

/** One number of a page, large. */
export function Figure(props: {
  readonly title: string;
  readonly value: string;
  readonly about?: string | undefined;
  /** A time or a name: smaller than a number. */
  readonly isText?: boolean;
}) {
  const { title, value, about, isText = false } = props;
  return (
    <Paper withBorder px="md" py={10} style={{ background: 'var(--surface)', minWidth: 0 }}>
      <Text size="xs" c="dimmed">
        {title}
      </Text>
      <Text size={isText ? 'sm' : 'xl'} fw={600} lh={1.4} style={{ overflowWrap: 'anywhere' }}>
        {value}
      </Text>
      {about !== undefined && (
        <Text size="xs" c="dimmed">
          {about}
        </Text>
      )}
    </Paper>
  );
}
