import { Alert, Button, Text } from '@mantine/core';
import { CallError } from '../call.ts';
import { Icon } from '../shell/icon.tsx';
import { useText } from '../shell/language.ts';
import { useFailureText } from './error-text.ts';
import { text } from './text.ts';

/** What went wrong, in the language of the page and the server's words, and how to try again. */
export function ErrorBox(props: {
  readonly error?: Error | null;
  readonly title?: string;
  readonly retry?: () => void;
}) {
  const { error, title, retry } = props;
  const t = useText(text);
  const failure = useFailureText(error);
  const body = error instanceof CallError ? error.body : undefined;
  const details = [
    body?.code,
    body?.responseCode === undefined ? undefined : t.responseCode(String(body.responseCode)),
    body?.code === 'INTERNAL' && body.requestId !== undefined ? t.request(body.requestId) : undefined,
  ].filter((each) => each !== undefined);
  return (
    <Alert color="red" variant="light" icon={<Icon name="error" />} title={title ?? t.failed} role="alert" mb="md">
      {failure !== undefined && (
        <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
          {failure}
        </Text>
      )}
      {details.length > 0 && (
        <Text size="xs" c="dimmed" mt={4}>
          {details.join(' · ')}
        </Text>
      )}
      {retry !== undefined && (
        <Button size="xs" variant="default" mt="xs" onClick={retry}>
          {t.tryAgain}
        </Button>
      )}
    </Alert>
  );
}
