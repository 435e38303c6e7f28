import { Modal, Text } from '@mantine/core';
import { useText } from '../shell/language.ts';
import { LoginForm } from './login-form.tsx';
import { text } from './text.ts';

/** Above the dialog in which the session ended. */
const ABOVE_DIALOGS = 400;
const COVER = { backgroundOpacity: 1, color: 'var(--mantine-color-body)' };

/** The login above the page that it was opened from, or above all of a page whose session ended for this user. */
export default function LoginDialog(
  props: { readonly onClose: () => void; readonly endedFor?: undefined } | { readonly endedFor: string | undefined },
) {
  const t = useText(text);
  if ('onClose' in props)
    return (
      <Modal opened onClose={props.onClose} title={t.logIn} size="sm" closeButtonProps={{ 'aria-label': t.cancel }}>
        <LoginForm onDone={props.onClose} onCancel={props.onClose} />
      </Modal>
    );
  return (
    <Modal
      opened
      onClose={() => {}}
      title={t.ended}
      size="sm"
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
      overlayProps={COVER}
      zIndex={ABOVE_DIALOGS}
    >
      <Text size="sm" c="dimmed" mb="sm">
        {t.endedText}
      </Text>
      <LoginForm userName={props.endedFor} />
    </Modal>
  );
}
