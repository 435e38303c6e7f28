import { Alert, Button, Group, Text } from '@mantine/core';
import { Icon } from '../shell/icon.tsx';
import { useText } from '../shell/language.ts';
import { Card } from './card.tsx';
import { type BrokerSettings, type SettingRow, SettingsTable } from './settings-table.tsx';
import { text } from './settings-text.ts';

/** Settings of a topic or group on every broker, with what differs between them, and buttons for their change. */
export function SettingsCard<Settings>(props: {
  readonly title: string;
  /** Name of the topic or group. */
  readonly subject: string;
  readonly brokers: readonly BrokerSettings<Settings>[];
  readonly rows: readonly SettingRow<Settings>[];
  /** Names of rows. */
  readonly differing: readonly string[];
  readonly mayWrite: boolean;
  readonly change: SettingsButton;
  /** Undefined: no broker is without the topic or group. */
  readonly add: SettingsButton | undefined;
}) {
  const { title, subject, brokers, rows, differing, mayWrite, change, add } = props;
  const t = useText(text);
  const having = brokers.filter(({ settings }) => settings !== undefined).length;
  const titleOf = (name: string): string => rows.find((row) => row.name === name)?.title ?? name;
  return (
    <>
      {differing.length > 0 && (
        <Alert color="yellow" variant="light" icon={<Icon name="warning" />} mb="md">
          {t.differing(differing.map(titleOf).join(', '))}
        </Alert>
      )}
      <Card
        flush
        title={title}
        tools={
          <Group gap="xs">
            {add !== undefined && (
              <Button size="xs" variant="default" disabled={!mayWrite} onClick={add.open}>
                {add.title}
              </Button>
            )}
            <Button
              size="xs"
              leftSection={<Icon name="edit" size={14} />}
              disabled={!mayWrite || having === 0}
              onClick={change.open}
            >
              {change.title}
            </Button>
          </Group>
        }
      >
        <SettingsTable label={`${title}: ${subject}`} brokers={brokers} rows={rows} differing={differing} />
      </Card>
      {differing.length === 0 && having > 1 && (
        <Text size="sm" c="dimmed" mt="xs">
          {t.same}
        </Text>
      )}
    </>
  );
}

interface SettingsButton {
  readonly title: string;
  readonly open: () => void;
}
