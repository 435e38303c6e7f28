import { Alert, Button, Group, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { useFailureText } from '../parts/error-text.ts';
import { useText } from '../shell/language.ts';
import { useSessionChange } from './session.tsx';
import { text } from './text.ts';

/** Name and password; `userName` is who was here before, `onCancel` adds a button beside the one that signs in. */
export function LoginForm(props: {
  readonly userName?: string | undefined;
  readonly onDone?: () => void;
  readonly onCancel?: () => void;
}) {
  const { userName, onDone, onCancel } = props;
  const t = useText(text);
  const { logIn } = useSessionChange();
  const work = useMutation({
    mutationFn: (form: FormData) => logIn(String(form.get('userName')), String(form.get('password'))),
    onSuccess: () => onDone?.(),
  });
  const failure = useFailureText(work.error);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    work.mutate(new FormData(event.currentTarget));
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        {failure !== undefined && (
          <Alert color="red" variant="light" role="alert">
            {failure}
          </Alert>
        )}
        <TextInput
          label={t.userName}
          name="userName"
          autoComplete="username"
          required
          maxLength={128}
          defaultValue={userName ?? ''}
          data-autofocus={userName === undefined || undefined}
        />
        <PasswordInput
          label={t.password}
          name="password"
          autoComplete="current-password"
          required
          maxLength={1024}
          data-autofocus={userName !== undefined || undefined}
        />
        <Group justify="flex-end" mt="xs">
          {onCancel !== undefined && (
            <Button variant="default" onClick={onCancel}>
              {t.cancel}
            </Button>
          )}
          <Button type="submit" loading={work.isPending} fullWidth={onCancel === undefined}>
            {t.logIn}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
