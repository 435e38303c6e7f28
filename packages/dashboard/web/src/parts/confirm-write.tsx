import { Button, Checkbox, Group, Stack, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useState } from 'react';
import type { BrokerResult } from '../../../src/api/index.ts';
import { useText } from '../shell/language.ts';
import { BrokerResults } from './broker-results.tsx';
import { Dialog } from './dialog.tsx';
import { DoneButton } from './done-button.tsx';
import { ErrorBox } from './error-box.tsx';
import { text } from './text.ts';

/** A server that a change is for. */
export interface WriteTarget {
  readonly brokerName?: string | undefined;
  readonly address: string;
}

interface ConfirmWriteProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly title: string;
  /** What is going to happen: a sentence, a difference. */
  readonly children?: ReactNode;
  /** Shown before, each with a box to leave it out unless `areFixed`. */
  readonly targets: readonly WriteTarget[];
  /** Addresses that are chosen at first. Default: all. */
  readonly chosen?: readonly string[];
  /** All of them or nothing: for what the name servers decide. */
  readonly areFixed?: boolean;
  /** Must be typed before: for what deletes, resets or takes permissions. */
  readonly typedName?: string | undefined;
  /** False while what is typed in `children` can't be done. */
  readonly isReady?: boolean;
  /** On the button. */
  readonly action: string;
  /** Does it on the chosen servers; an empty list of results closes the dialog. */
  readonly write: (targets: readonly WriteTarget[]) => Promise<readonly BrokerResult[]>;
  readonly onDone?: (results: readonly BrokerResult[]) => void;
}

/** The dialog before every change: on which servers, typed name where it is dangerous, and afterwards what became of it on each. */
export function ConfirmWrite(props: ConfirmWriteProps) {
  const { isOpen, onClose, title } = props;
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={title}>
      <Content {...props} />
    </Dialog>
  );
}

function Content(props: ConfirmWriteProps) {
  const { onClose, children, targets, areFixed = false, typedName, isReady = true, action, write, onDone } = props;
  const t = useText(text);
  // What is left out is kept, since targets may be known only after the dialog is open.
  const [leftOut, setLeftOut] = useState<readonly string[]>(() =>
    props.chosen === undefined
      ? []
      : targets.flatMap(({ address }) => (props.chosen?.includes(address) === true ? [] : [address])),
  );
  const chosen = targets.flatMap(({ address }) => (leftOut.includes(address) ? [] : [address]));
  const [typed, setTyped] = useState('');
  const work = useMutation({
    mutationFn: () => write(targets.filter(({ address }) => chosen.includes(address))),
    onSuccess: (results) => {
      onDone?.(results);
      if (results.length === 0) onClose();
    },
  });
  if (work.data !== undefined && work.data.length > 0)
    return (
      <Stack gap="md">
        <BrokerResults results={work.data} />
        <Group justify="flex-end">
          <DoneButton onClose={onClose} />
        </Group>
      </Stack>
    );
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    work.mutate();
  };
  const isDangerous = typedName !== undefined;
  const mayGo = isReady && (targets.length === 0 || chosen.length > 0) && (!isDangerous || typed === typedName);
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        {work.error !== null && <ErrorBox error={work.error} />}
        {children}
        {targets.length > 0 && (
          <fieldset style={{ border: 0, padding: 0, margin: 0 }}>
            <Text component="legend" size="sm" mb={6}>
              {t.targets(t.servers(chosen.length))}
            </Text>
            <Stack gap={6}>
              {targets.map(({ brokerName, address }) => (
                <Checkbox
                  key={address}
                  size="sm"
                  checked={chosen.includes(address)}
                  disabled={areFixed || work.isPending}
                  label={[brokerName, address].filter((each) => each !== undefined && each !== '').join('  ')}
                  onChange={(event) => {
                    const isOn = event.currentTarget.checked;
                    setLeftOut((before) => (isOn ? before.filter((each) => each !== address) : [...before, address]));
                  }}
                />
              ))}
            </Stack>
          </fieldset>
        )}
        {isDangerous && (
          <TextInput
            label={t.typeName(typedName)}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            autoComplete="off"
            spellCheck={false}
            data-autofocus
          />
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} disabled={work.isPending}>
            {t.cancel}
          </Button>
          <Button type="submit" color={isDangerous ? 'red' : undefined} disabled={!mayGo} loading={work.isPending}>
            {action}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
