import { Button, Group, Stack, Text } from '@mantine/core';
import type { FormEvent, ReactNode } from 'react';
import { useText } from '../shell/language.ts';
import { Dialog } from './dialog.tsx';
import { ErrorBox } from './error-box.tsx';
import { text } from './text.ts';

/** A dialog with fields that are sent together: a title that is also its button's, a sentence, and why the last try failed. */
export function FormDialog(props: {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly title: string;
  readonly about: string;
  readonly error: Error | null;
  readonly isBusy: boolean;
  /** Called when the button is pressed and no field is invalid. */
  readonly submit: () => void;
  readonly children: ReactNode;
}) {
  const { isOpen, onClose, title, about, error, isBusy, submit, children } = props;
  const t = useText(text);
  const send = (event: FormEvent): void => {
    event.preventDefault();
    submit();
  };
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={title} size="md">
      <form onSubmit={send}>
        <Stack gap="md">
          {error !== null && <ErrorBox error={error} />}
          <Text size="sm" c="dimmed">
            {about}
          </Text>
          {children}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t.cancel}
            </Button>
            <Button type="submit" loading={isBusy}>
              {title}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
