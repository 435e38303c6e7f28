import { ActionIcon, Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { Icon } from '../../shell/icon.tsx';
import { useText } from '../../shell/language.ts';
import { text } from './text.ts';

/** A property of a message as it is typed. */
export interface Property {
  /** Of the row, so that it keeps its focus. */
  readonly id: number;
  readonly name: string;
  readonly value: string;
}

/** Properties of a message, one a row. */
export function PropertiesInput(props: {
  readonly value: readonly Property[];
  readonly onChange: (properties: readonly Property[]) => void;
}) {
  const { value, onChange } = props;
  const t = useText(text);
  const change = (id: number, part: Partial<Property>): void =>
    onChange(value.map((each) => (each.id === id ? { ...each, ...part } : each)));
  const nextId = Math.max(0, ...value.map(({ id }) => id)) + 1;
  return (
    <Stack gap={6} role="group" aria-label={t.properties}>
      <Text size="sm" fw={600}>
        {t.properties}
      </Text>
      {value.map(({ id, name, value: content }) => (
        <Group key={id} gap="xs" wrap="nowrap">
          <TextInput
            aria-label={t.propertyName}
            placeholder={t.propertyName}
            style={{ flex: 1 }}
            value={name}
            onChange={(event) => change(id, { name: event.currentTarget.value })}
          />
          <TextInput
            aria-label={t.propertyValue}
            placeholder={t.propertyValue}
            style={{ flex: 2 }}
            value={content}
            onChange={(event) => change(id, { value: event.currentTarget.value })}
          />
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={`${t.removeProperty} ${name}`}
            onClick={() => onChange(value.filter((each) => each.id !== id))}
          >
            <Icon name="close" size={16} />
          </ActionIcon>
        </Group>
      ))}
      <Button
        size="compact-sm"
        variant="default"
        style={{ alignSelf: 'flex-start' }}
        leftSection={<Icon name="plus" size={14} />}
        onClick={() => onChange([...value, { id: nextId, name: '', value: '' }])}
      >
        {t.addProperty}
      </Button>
    </Stack>
  );
}
