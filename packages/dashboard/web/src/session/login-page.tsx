import { Center, Paper, Stack, Text, Title } from '@mantine/core';
import { useEffect } from 'react';
import type { SessionFacts } from '../../../src/api/index.ts';
import { useText } from '../shell/language.ts';
import { LoginForm } from './login-form.tsx';
import { text } from './text.ts';

/** In place of every page before a login; the address stays, so that a deep link leads to its page afterwards. */
export default function LoginPage({ facts }: { readonly facts: SessionFacts }) {
  const t = useText(text);
  useEffect(() => {
    document.title = `${t.logIn} · ${t.product}`;
  }, [t]);
  return (
    <Center component="main" mih="100vh" p="md">
      <Paper withBorder p="xl" w="100%" maw={380}>
        <Stack gap="md">
          <div>
            <Title order={1} size="h1">
              {t.product}
            </Title>
            <Text size="sm" c="dimmed" mt={4}>
              {facts.reason === 'host' ? t.hostNeeded : t.loginNeeded}
            </Text>
          </div>
          {facts.canLogIn ? <LoginForm /> : <Text size="sm">{t.noUsers}</Text>}
        </Stack>
      </Paper>
    </Center>
  );
}
