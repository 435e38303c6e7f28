import { Alert, Text } from '@mantine/core';
import type { BrokerFailure } from '../../../src/api/index.ts';
import { Icon } from '../shell/icon.tsx';
import { useText } from '../shell/language.ts';
import { text } from './text.ts';

function isGiven(text: string | undefined): text is string {
  return text !== undefined && text !== '';
}

/** Servers whose part of a page is missing; nothing where all answered. */
export function Failures({ failures }: { readonly failures: readonly BrokerFailure[] }) {
  const t = useText(text);
  if (failures.length === 0) return null;
  return (
    <Alert
      color="yellow"
      variant="light"
      icon={<Icon name="warning" />}
      title={t.partial(t.servers(failures.length))}
      mb="md"
      role="status"
    >
      {failures.map(({ brokerName, address, message }) => (
        <Text key={`${brokerName} ${address}`} size="sm" style={{ overflowWrap: 'anywhere' }}>
          {[[brokerName, address].filter(isGiven).join(' '), message].filter(isGiven).join(': ')}
        </Text>
      ))}
    </Alert>
  );
}
