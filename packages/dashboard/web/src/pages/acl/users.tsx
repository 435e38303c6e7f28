import { Group, PasswordInput, Select, Stack, Text } from '@mantine/core';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ACL_ROUTES, type AccountUser, USER_STATES, USER_TYPES } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { ConfirmWrite, type WriteTarget } from '../../parts/confirm-write.tsx';
import type { Column } from '../../parts/data-table.tsx';
import { NameInput } from '../../parts/name-input.tsx';
import { useCluster } from '../../shell/cluster.tsx';
import { useText } from '../../shell/language.ts';
import { useMayWrite } from '../../shell/may-write.ts';
import { useUrlState } from '../../shell/url-state.ts';
import { namesOf } from '../../shell/write-targets.ts';
import { AccountList, Differs, keepers, RowButtons } from './account-list.tsx';
import { text } from './text.ts';

type Open = { readonly what: 'create' } | { readonly what: 'change' | 'delete'; readonly user: AccountUser };

/** Users of all brokers. */
export function Users() {
  const cluster = useCluster();
  const t = useText(text);
  const queries = useQueryClient();
  const [{ filter }, change] = useUrlState({ filter: '' });
  const [open, setOpen] = useState<Open>();
  const mayCreate = useMayWrite(ACL_ROUTES.createUser);
  const mayChange = useMayWrite(ACL_ROUTES.changeUser);
  const mayDelete = useMayWrite(ACL_ROUTES.deleteUser);
  const params = { cluster: cluster.id };
  const result = useQuery({
    queryKey: ['acl users', cluster.id, filter],
    queryFn: ({ signal }) => call(ACL_ROUTES.listUsers, { params, query: filter === '' ? {} : { filter } }, signal),
    placeholderData: keepPreviousData,
  });
  const brokers = result.data?.brokers ?? [];
  const columns: readonly Column<AccountUser>[] = [
    {
      key: 'user',
      title: t.user,
      render: ({ username, differs }) => (
        <Group gap={6}>
          {username}
          {differs && <Differs />}
        </Group>
      ),
    },
    { key: 'type', title: t.type, render: ({ userType }) => known(userType, USER_TYPES, t) },
    { key: 'status', title: t.status, render: ({ userStatus }) => known(userStatus, USER_STATES, t) },
    { key: 'brokers', title: t.brokers, render: (user) => user.brokers.join(', ') },
    {
      key: 'actions',
      title: '',
      right: true,
      render: (user) => (
        <RowButtons
          change={{
            label: t.changeUser(user.username),
            isOff: !mayChange,
            open: () => setOpen({ what: 'change', user }),
          }}
          remove={{
            label: t.deleteUser(user.username),
            isOff: !mayDelete,
            open: () => setOpen({ what: 'delete', user }),
          }}
        />
      ),
    },
  ];
  const dialog = {
    onClose: () => setOpen(undefined),
    onDone: () => void queries.invalidateQueries({ queryKey: ['acl users'] }),
    cluster: cluster.id,
  };
  return (
    <>
      <AccountList
        {...{ result, columns, filter }}
        rows={result.data?.users ?? []}
        rowKey={({ username }) => username}
        label={t.users}
        setFilter={(wanted) => change({ filter: wanted }, true)}
        create={{ title: t.newUser, mayWrite: mayCreate, open: () => setOpen({ what: 'create' }) }}
        empty={{ title: t.noUsers, text: t.noUsersText }}
      />
      {open?.what === 'create' && <CreateUser {...dialog} targets={keepers(brokers)} />}
      {open?.what === 'change' && (
        <ChangeUser {...dialog} user={open.user} targets={keepers(brokers, open.user.brokers)} />
      )}
      {open?.what === 'delete' && (
        <DeleteUser {...dialog} user={open.user} targets={keepers(brokers, open.user.brokers)} />
      )}
    </>
  );
}

/** What is known of a word that brokers write in any case. */
function known<Word extends string>(
  word: string | undefined,
  words: readonly Word[],
  names: Readonly<Record<Word, string>>,
): string {
  const found = words.find((each) => each.toLowerCase() === word?.toLowerCase());
  return found === undefined ? (word ?? '–') : names[found];
}

interface DialogProps {
  readonly cluster: string;
  readonly targets: readonly WriteTarget[];
  readonly onClose: () => void;
  readonly onDone: () => void;
}

function CreateUser({ cluster, ...dialog }: DialogProps) {
  const t = useText(text);
  const [username, setName] = useState('');
  const [password, setPassword] = useState('');
  const [userType, setType] = useState<(typeof USER_TYPES)[number]>('Normal');
  const isBad = /[\s:,]/.test(username);
  return (
    <ConfirmWrite
      {...dialog}
      isOpen
      title={t.newUser}
      action={t.create}
      isReady={username !== '' && !isBad && password !== ''}
      write={(chosen) =>
        call(ACL_ROUTES.createUser, {
          params: { cluster },
          body: { brokers: namesOf(chosen), username, password, userType },
        })
      }
    >
      <Stack gap="sm">
        <NameInput
          label={t.user}
          description={t.nameHint}
          value={username}
          error={isBad ? t.badName : undefined}
          change={setName}
        />
        <PasswordInput
          label={t.password}
          description={t.newUserText}
          required
          autoComplete="new-password"
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <Select
          label={t.type}
          data={USER_TYPES.map((value) => ({ value, label: t[value] }))}
          value={userType}
          allowDeselect={false}
          onChange={(value) => setType(USER_TYPES.find((each) => each === value) ?? 'Normal')}
        />
      </Stack>
    </ConfirmWrite>
  );
}

function ChangeUser({ cluster, user, ...dialog }: DialogProps & { readonly user: AccountUser }) {
  const t = useText(text);
  const [password, setPassword] = useState('');
  const [type, setType] = useState('');
  const [status, setStatus] = useState('');
  const userType = USER_TYPES.find((each) => each === type);
  const userStatus = USER_STATES.find((each) => each === status);
  const keep = { value: '', label: t.keep };
  return (
    <ConfirmWrite
      {...dialog}
      isOpen
      title={t.changeUser(user.username)}
      action={t.save}
      isReady={password !== '' || userType !== undefined || userStatus !== undefined}
      write={(chosen) =>
        call(ACL_ROUTES.changeUser, {
          params: { cluster, username: user.username },
          body: {
            brokers: namesOf(chosen),
            ...(password === '' ? {} : { password }),
            ...(userType === undefined ? {} : { userType }),
            ...(userStatus === undefined ? {} : { userStatus }),
          },
        })
      }
    >
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          {t.keepText}
        </Text>
        <PasswordInput
          label={t.newPassword}
          placeholder={t.keep}
          autoComplete="new-password"
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <Select
          label={t.type}
          data={[keep, ...USER_TYPES.map((value) => ({ value, label: t[value] }))]}
          value={type}
          allowDeselect={false}
          onChange={(value) => setType(value ?? '')}
        />
        <Select
          label={t.status}
          data={[keep, ...USER_STATES.map((value) => ({ value, label: t[value] }))]}
          value={status}
          allowDeselect={false}
          onChange={(value) => setStatus(value ?? '')}
        />
      </Stack>
    </ConfirmWrite>
  );
}

function DeleteUser({ cluster, user: { username }, ...dialog }: DialogProps & { readonly user: AccountUser }) {
  const t = useText(text);
  return (
    <ConfirmWrite
      {...dialog}
      isOpen
      title={t.deleteUser(username)}
      action={t.remove}
      typedName={username}
      write={(chosen) =>
        call(ACL_ROUTES.deleteUser, {
          params: { cluster, username },
          body: { brokers: namesOf(chosen), confirm: username },
        })
      }
    >
      <Text size="sm">{t.deleteUserText}</Text>
    </ConfirmWrite>
  );
}
