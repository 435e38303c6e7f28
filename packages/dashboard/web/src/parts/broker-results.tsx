import { Badge, Group, Stack, Text } from '@mantine/core';
import type { BrokerResult } from '../../../src/api/index.ts';
import { Icon } from '../shell/icon.tsx';
import { useText } from '../shell/language.ts';
import { text } from './text.ts';

/** What became of a change, server by server. */
export function BrokerResults({ results }: { readonly results: readonly BrokerResult[] }) {
  const t = useText(text);
  const good = results.filter(({ ok }) => ok).length;
  return (
    <Stack gap={6} role="status">
      <Text size="sm" fw={600}>
        {t.doneOn(String(good), String(results.length))}
      </Text>
      {results.map(({ brokerName, address, ok, message }) => (
        <Group key={`${brokerName} ${address} ${message}`} gap={8} wrap="nowrap" align="flex-start">
          <Badge
            color={ok ? 'green' : 'red'}
            variant="light"
            leftSection={<Icon name={ok ? 'check' : 'close'} size={12} />}
            style={{ flex: 'none' }}
          >
            {ok ? t.ok : t.failed}
          </Badge>
          <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
            {[brokerName, address].filter((each) => each !== undefined && each !== '').join(' ')}
            {message !== undefined && message !== '' && (
              <Text span c={ok ? 'dimmed' : 'red'} size="sm">
                {' – '}
                {message}
              </Text>
            )}
          </Text>
        </Group>
      ))}
    </Stack>
  );
}
