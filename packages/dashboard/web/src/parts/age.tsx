import { ActionIcon, Group, Text } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useFormat } from '../shell/format.ts';
import { Icon } from '../shell/icon.tsx';
import { useText } from '../shell/language.ts';
import { text } from './text.ts';

/** How old what is shown is, and a button that asks again. */
export function Age(props: {
  readonly atMs?: number | undefined;
  readonly refresh?: () => void;
  readonly isBusy?: boolean;
}) {
  const { atMs, refresh, isBusy = false } = props;
  const t = useText(text);
  const format = useFormat();
  const [nowMs, setNowMs] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), 5000);
    return () => clearInterval(timer);
  }, []);
  const age =
    atMs === undefined ? t.neverCollected : t.age(format.duration(Math.max(0, Math.max(nowMs, Date.now()) - atMs)));
  return (
    <Group gap={4} wrap="nowrap">
      <Text size="xs" c="dimmed" title={atMs === undefined ? undefined : format.time(atMs)}>
        {age}
      </Text>
      {refresh !== undefined && (
        <ActionIcon
          variant="subtle"
          color="gray"
          size={26}
          onClick={refresh}
          loading={isBusy}
          aria-label={t.refresh}
          title={t.refresh}
        >
          <Icon name="refresh" size={15} />
        </ActionIcon>
      )}
    </Group>
  );
}
