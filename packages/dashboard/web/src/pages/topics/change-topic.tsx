import { Alert, NumberInput, Select, SimpleGrid, Stack, Text, Textarea } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import {
  CREATABLE_KINDS,
  TOPIC_ROUTES,
  type TopicChangeForm,
  type TopicConfigView,
} from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { ConfirmWrite } from '../../parts/confirm-write.tsx';
import { readAttributes } from '../../shell/attributes.ts';
import { useCluster } from '../../shell/cluster.tsx';
import { Icon } from '../../shell/icon.tsx';
import { useText } from '../../shell/language.ts';
import { namesOf } from '../../shell/write-targets.ts';
import { usePermText } from './kind-badge.tsx';
import { text } from './text.ts';

type Change = Omit<TopicChangeForm, 'brokers'>;
const KEEP = '';

/** The dialog that changes settings: what is not touched stays as it is on each broker. */
export function ChangeTopic(props: {
  readonly topic: string;
  readonly brokers: TopicConfigView['brokers'];
  readonly isOpen: boolean;
  readonly onClose: () => void;
}) {
  const { topic, brokers, isOpen, onClose } = props;
  const cluster = useCluster();
  const t = useText(text);
  const queries = useQueryClient();
  const [change, setChange] = useState<Change>({});
  const [attributes, setAttributes] = useState('');
  const targets = useMemo(() => brokers.map(({ brokerName, address }) => ({ brokerName, address })), [brokers]);
  const others = readAttributes(attributes);
  const all = { ...change.attributes, ...others };
  const form: Change = { ...change, ...(Object.keys(all ?? {}).length === 0 ? {} : { attributes: all }) };
  const reads = Math.max(0, ...brokers.map(({ settings }) => settings?.readQueues ?? 0));
  const close = (): void => {
    setChange({});
    setAttributes('');
    onClose();
  };
  return (
    <ConfirmWrite
      isOpen={isOpen}
      onClose={close}
      title={t.edit}
      action={t.saveChanges}
      targets={targets}
      isReady={others !== undefined && Object.keys(form).length > 0}
      write={(chosen) =>
        call(TOPIC_ROUTES.changeTopic, {
          params: { cluster: cluster.id, topic },
          body: { ...form, brokers: namesOf(chosen) },
        })
      }
      onDone={() => void queries.invalidateQueries()}
    >
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          {t.keepText}
        </Text>
        <Fields change={change} setChange={setChange} brokers={brokers} />
        <Textarea
          label={t.attributes}
          description={t.attributeHint}
          autosize
          minRows={1}
          spellCheck={false}
          value={attributes}
          error={others === undefined ? t.attributeHint : undefined}
          onChange={(event) => setAttributes(event.currentTarget.value)}
        />
        {change.readQueues !== undefined && change.readQueues < reads && (
          <Alert color="yellow" variant="light" icon={<Icon name="warning" />} role="status">
            {t.shrinkWarning}
          </Alert>
        )}
      </Stack>
    </ConfirmWrite>
  );
}

function Fields(props: {
  readonly change: Change;
  readonly setChange: (change: Change) => void;
  readonly brokers: TopicConfigView['brokers'];
}) {
  const { change, setChange, brokers } = props;
  const t = useText(text);
  const permText = usePermText();
  const set = <Name extends keyof Change>(name: Name, value: Change[Name] | undefined): void => {
    const { [name]: _, ...rest } = change;
    setChange(value === undefined ? (rest as Change) : ({ ...rest, [name]: value } as Change));
  };
  const values = (name: 'readQueues' | 'writeQueues'): string =>
    [...new Set(brokers.flatMap(({ settings }) => settings?.[name] ?? []))].join(', ');
  const queues = (name: 'readQueues' | 'writeQueues', title: string) => (
    <NumberInput
      label={title}
      placeholder={`${t.keep}: ${values(name)}`}
      min={1}
      max={65_535}
      allowDecimal={false}
      value={change[name] ?? ''}
      onChange={(value) => set(name, value === '' ? undefined : Number(value))}
    />
  );
  return (
    <>
      <Select
        label={t.messageType}
        data={[{ value: KEEP, label: t.keep }, ...CREATABLE_KINDS.map((kind) => ({ value: kind, label: t[kind] }))]}
        value={change.attributes?.['message.type'] ?? KEEP}
        allowDeselect={false}
        onChange={(kind) => set('attributes', kind === null || kind === KEEP ? undefined : { 'message.type': kind })}
      />
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        {queues('writeQueues', t.writeQueues)}
        {queues('readQueues', t.readQueues)}
      </SimpleGrid>
      <Select
        label={t.perm}
        data={[
          { value: KEEP, label: t.keep },
          ...[6, 4, 2, 0].map((perm) => ({ value: String(perm), label: `${perm} – ${permText(perm)}` })),
        ]}
        value={change.perm === undefined ? KEEP : String(change.perm)}
        allowDeselect={false}
        onChange={(perm) => set('perm', perm === null || perm === KEEP ? undefined : Number(perm))}
      />
      <Select
        label={t.order}
        data={[
          { value: KEEP, label: t.keep },
          { value: 'true', label: t.yes },
          { value: 'false', label: t.no },
        ]}
        value={change.order === undefined ? KEEP : String(change.order)}
        allowDeselect={false}
        onChange={(order) => set('order', order === null || order === KEEP ? undefined : order === 'true')}
      />
    </>
  );
}
