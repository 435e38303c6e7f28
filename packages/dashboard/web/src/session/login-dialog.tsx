import { Modal } from '@mantine/core';
import { useText } from '../shell/language.ts';
import { LoginForm } from './login-form.tsx';
import { text } from './text.ts';

/** The login above the page that it was opened from. */
export default function LoginDialog({ onClose }: { readonly onClose: () => void }) {
  const t = useText(text);
  return (
    <Modal opened onClose={onClose} title={t.logIn} size="sm" closeButtonProps={{ 'aria-label': t.cancel }}>
      <LoginForm onDone={onClose} onCancel={onClose} />
    </Modal>
  );
}
