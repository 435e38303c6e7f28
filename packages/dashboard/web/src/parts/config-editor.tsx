import { ActionIcon, Badge, Button, Code, Group, NativeSelect, Table, Text, TextInput, Tooltip } from '@mantine/core';
import { useState } from 'react';
import type { BrokerResult, Route } from '../../../src/api/index.ts';
import { Icon } from '../shell/icon.tsx';
import { useText } from '../shell/language.ts';
import { useMayWrite } from '../shell/may-write.ts';
import { useUrlState } from '../shell/url-state.ts';
import { configText } from './config-text.ts';
import { ConfirmWrite, type WriteTarget } from './confirm-write.tsx';
import { type Column, Rows } from './data-table.tsx';
import { Empty } from './empty.tsx';
import classes from './parts.module.css';
import { SearchInput } from './search-input.tsx';

interface Entry {
  readonly key: string;
  readonly value: string;
  readonly isFixed?: boolean;
}

interface ConfigEditorProps {
  readonly label: string;
  /** The change that `write` makes. */
  readonly change: Route;
  readonly entries: readonly Entry[];
  /** Where a change can be applied. */
  readonly targets: readonly WriteTarget[];
  /** Addresses that are chosen at first. Default: all. */
  readonly chosen?: readonly string[];
  /** A change is for all of them. */
  readonly areFixed?: boolean;
  readonly write: (
    properties: Readonly<Record<string, string>>,
    targets: readonly WriteTarget[],
  ) => Promise<readonly BrokerResult[]>;
  readonly onDone: () => void;
}

/**
 * All properties of a server with a search; changes are collected, shown as a difference, and applied to the servers that are
 * chosen.
 */
export function ConfigEditor(props: ConfigEditorProps) {
  const { label, entries, targets, chosen, areFixed = false, write, onDone } = props;
  const t = useText(configText);
  const [state, change] = useUrlState({ key: '' });
  const [changes, setChanges] = useState<Readonly<Record<string, string>>>({});
  const [isReviewing, setReviewing] = useState(false);
  const mayWrite = useMayWrite(props.change);
  const set = (key: string, value: string | undefined): void =>
    setChanges((before) => {
      const { [key]: _, ...rest } = before;
      return value === undefined ? rest : { ...rest, [key]: value };
    });
  const wanted = state.key.trim().toLowerCase();
  const rows = entries.filter(
    ({ key, value }) => wanted === '' || key.toLowerCase().includes(wanted) || value.toLowerCase().includes(wanted),
  );
  const changed = entries.filter(({ key, value }) => changes[key] !== undefined && changes[key] !== value);
  const isWrong = changed.some((entry) => formOf(entry.value).why(changes[entry.key]!) !== undefined);
  const columns: readonly Column<Entry>[] = [
    { key: 'key', title: t.property, render: ({ key }) => <span className={classes.mono}>{key}</span> },
    {
      key: 'value',
      title: t.value,
      render: (entry) => (
        <Value
          entry={entry}
          mayWrite={mayWrite}
          changed={changes[entry.key]}
          onChange={(value) => set(entry.key, value)}
        />
      ),
    },
  ];
  return (
    <>
      <Group className={classes.tools} gap="xs" justify="space-between">
        <SearchInput label={t.search} value={state.key} change={(value) => change({ key: value }, true)} />
        {changed.length > 0 && (
          <Group gap="xs">
            <Text size="sm">{t.changes(changed.length)}</Text>
            <Button size="xs" variant="default" onClick={() => setChanges({})}>
              {t.discard}
            </Button>
            <Button size="xs" disabled={isWrong} onClick={() => setReviewing(true)}>
              {t.review}
            </Button>
          </Group>
        )}
      </Group>
      {rows.length === 0 ? (
        <Empty title={t.noMatch} />
      ) : (
        <Rows label={label} rows={rows} columns={columns} rowKey={({ key }) => key} />
      )}
      <ConfirmWrite
        isOpen={isReviewing}
        onClose={() => setReviewing(false)}
        title={t.apply}
        action={t.apply}
        targets={targets}
        {...(chosen === undefined ? {} : { chosen })}
        areFixed={areFixed}
        write={(on) => write(Object.fromEntries(changed.map(({ key }) => [key, changes[key]!])), on)}
        onDone={(results) => {
          if (results.every(({ ok }) => ok)) setChanges({});
          onDone();
        }}
      >
        <Difference entries={changed} changes={changes} />
      </ConfirmWrite>
    </>
  );
}

/** What is now and what is to be. */
function Difference(props: { readonly entries: readonly Entry[]; readonly changes: Readonly<Record<string, string>> }) {
  const { entries, changes } = props;
  const t = useText(configText);
  return (
    <Table aria-label={t.difference} withTableBorder>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t.property}</Table.Th>
          <Table.Th>{t.before}</Table.Th>
          <Table.Th>{t.after}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {entries.map(({ key, value }) => (
          <Table.Tr key={key}>
            <Table.Td className={classes.mono}>{key}</Table.Td>
            <Table.Td>
              <Code className={classes.removed}>{value === '' ? t.nothing : value}</Code>
            </Table.Td>
            <Table.Td>
              <Code className={classes.added}>{changes[key] === '' ? t.nothing : changes[key]}</Code>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

/** The form that a value has to keep, by what it is now. The server checks the same, and each broker its own limits. */
function formOf(value: string): {
  readonly kind: 'flag' | 'integer' | 'text';
  readonly why: (next: string) => 'integer' | undefined;
} {
  if (value === 'true' || value === 'false') return { kind: 'flag', why: () => undefined };
  if (/^-?\d+$/.test(value))
    return { kind: 'integer', why: (next) => (/^-?\d{1,19}$/.test(next) ? undefined : 'integer') };
  return { kind: 'text', why: () => undefined };
}

function Value(props: {
  readonly mayWrite: boolean;
  readonly entry: Entry;
  readonly changed: string | undefined;
  readonly onChange: (value: string | undefined) => void;
}) {
  const { entry, mayWrite, changed, onChange } = props;
  const { key, value, isFixed = false } = entry;
  const t = useText(configText);
  if (changed === undefined)
    return (
      <Group gap={6} wrap="nowrap" justify="space-between">
        <span className={classes.mono}>
          {value === '' ? (
            <Text span c="dimmed" size="xs">
              {t.nothing}
            </Text>
          ) : (
            value
          )}
        </span>
        {isFixed ? (
          <Tooltip label={t.fixedText} multiline maw={300}>
            <Badge color="gray" variant="light" size="sm" style={{ flex: 'none' }} tabIndex={0}>
              {t.fixed}
            </Badge>
          </Tooltip>
        ) : (
          <ActionIcon
            variant="subtle"
            color="gray"
            size={24}
            disabled={!mayWrite}
            aria-label={t.edit(key)}
            title={t.edit(key)}
            onClick={() => onChange(value)}
          >
            <Icon name="edit" size={14} />
          </ActionIcon>
        )}
      </Group>
    );
  const form = formOf(value);
  const wrong = form.why(changed);
  return (
    <Group gap={6} wrap="nowrap" align="flex-start">
      {form.kind === 'flag' ? (
        <NativeSelect
          size="xs"
          aria-label={key}
          data={['true', 'false']}
          value={changed}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      ) : (
        <TextInput
          size="xs"
          style={{ flex: 1 }}
          aria-label={key}
          value={changed}
          error={wrong === undefined ? undefined : t.mustBeInteger}
          autoFocus
          spellCheck={false}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      )}
      <ActionIcon
        variant="subtle"
        color="gray"
        size={28}
        aria-label={t.undo(key)}
        title={t.undo(key)}
        onClick={() => onChange(undefined)}
      >
        <Icon name="close" size={14} />
      </ActionIcon>
    </Group>
  );
}
