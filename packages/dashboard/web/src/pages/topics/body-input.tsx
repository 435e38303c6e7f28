import { Button, Group, SegmentedControl, Stack, Text, Textarea } from '@mantine/core';
import { useState } from 'react';
import { useText } from '../../shell/language.ts';
import { prettyJson } from '../messages/body-form.ts';
import { text } from './text.ts';

/** The body of a message: plain text, or JSON that is checked and can be formatted. */
export function BodyInput({ value, onChange }: { readonly value: string; readonly onChange: (body: string) => void }) {
  const t = useText(text);
  const [kind, setKind] = useState<'text' | 'json'>('text');
  const problem = kind === 'json' && value.trim() !== '' ? problemOf(value) : undefined;
  return (
    <Stack gap={6}>
      <Group justify="space-between" gap="xs">
        <Text component="label" htmlFor="message-body" size="sm" fw={600}>
          {t.body}
          <Text span inherit c="var(--mantine-color-error)" aria-hidden="true">
            {' *'}
          </Text>
        </Text>
        <Group gap="xs">
          {kind === 'json' && (
            <Button
              size="compact-xs"
              variant="default"
              disabled={value.trim() === '' || problem !== undefined}
              onClick={() => onChange(prettyJson(value) ?? value)}
            >
              {t.formatJson}
            </Button>
          )}
          <SegmentedControl
            size="xs"
            aria-label={t.body}
            data={[
              { value: 'text', label: t.asText },
              { value: 'json', label: t.asJson },
            ]}
            value={kind}
            onChange={(next) => setKind(next as 'text' | 'json')}
          />
        </Group>
      </Group>
      <Textarea
        id="message-body"
        autosize
        required
        minRows={5}
        maxRows={20}
        spellCheck={false}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 13 } }}
        value={value}
        error={problem === undefined ? undefined : t.notJson(problem)}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    </Stack>
  );
}

function problemOf(json: string): string | undefined {
  try {
    JSON.parse(json);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
