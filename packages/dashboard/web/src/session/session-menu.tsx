import { ActionIcon, Badge, Button, Menu, Tooltip } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { lazy, Suspense } from 'react';
import { Icon } from '../shell/icon.tsx';
import { useText } from '../shell/language.ts';
import { useSession, useSessionChange } from './session.tsx';
import { text } from './text.ts';

const LoginDialog = lazy(() => import('./login-dialog.tsx'));

/** In the header: that nothing can be changed and why, the user, signing in and out. Nothing where everything may be changed. */
export function SessionMenu() {
  const t = useText(text);
  const session = useSession();
  if (session === undefined) return null;
  const { userName, reason, canLogIn, writes } = session;
  const state = writes.length === 0 ? t.readOnly : t.limited;
  const why = reason === 'role' ? t.roleNormal : reason === 'remote' ? t.remote : undefined;
  return (
    <>
      {why !== undefined && (
        <Tooltip label={why} multiline w={260} events={{ hover: true, focus: true, touch: true }}>
          <Badge
            variant="light"
            color="gray"
            tabIndex={0}
            aria-label={`${state}: ${why}`}
            style={{ textTransform: 'none' }}
          >
            {state}
          </Badge>
        </Tooltip>
      )}
      {userName === undefined && reason !== undefined && canLogIn && <LogIn />}
      {userName !== undefined && <Account name={userName} role={session.role} />}
    </>
  );
}

function LogIn() {
  const t = useText(text);
  const [isOpen, { open, close }] = useDisclosure();
  return (
    <>
      <Button size="xs" variant="light" onClick={open}>
        {t.logIn}
      </Button>
      {isOpen && (
        <Suspense fallback={null}>
          <LoginDialog onClose={close} />
        </Suspense>
      )}
    </>
  );
}

function Account({ name, role }: { readonly name: string; readonly role: 'super' | 'normal' | undefined }) {
  const t = useText(text);
  const { logOut } = useSessionChange();
  return (
    <Menu position="bottom-end" shadow="md" width={220} withinPortal={false}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size={34} aria-label={t.signedInAs(name)} title={t.signedInAs(name)}>
          <Icon name="user" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{`${name} · ${role === 'super' ? t.superRole : t.normalRole}`}</Menu.Label>
        <Menu.Item onClick={() => void logOut()}>{t.logOut}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
