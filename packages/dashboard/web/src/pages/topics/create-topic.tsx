import { Select, SimpleGrid, Stack, Switch } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useLocation } from 'wouter';
import { CREATABLE_KINDS, type CreatableKind, TOPIC_ROUTES, type TopicBroker } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { ConfirmWrite } from '../../parts/confirm-write.tsx';
import { ErrorBox } from '../../parts/error-box.tsx';
import { NameInput } from '../../parts/name-input.tsx';
import { NumberField } from '../../parts/number-field.tsx';
import { useCluster } from '../../shell/cluster.tsx';
import { useText } from '../../shell/language.ts';
import { pagePath } from '../../shell/path.ts';
import { anyDone, namesOf, useWriteTargets, writeTargets } from '../../shell/write-targets.ts';
import { PermSelect } from './perm-select.tsx';
import { text } from './text.ts';

interface Form {
  readonly topic: string;
  readonly kind: CreatableKind;
  readonly readQueues: number;
  readonly writeQueues: number;
  readonly perm: number;
  readonly order: boolean;
}

const DEFAULTS: Form = { topic: '', kind: 'NORMAL', readQueues: 8, writeQueues: 8, perm: 6, order: false };
/** Source: TopicValidator. */
const NAME = /^[%|a-zA-Z0-9_-]+$/;
const MAX_NAME_LENGTH = 127;

/** The dialog that makes a topic; afterwards its page is shown. `only`: an existing topic, to be made on these brokers too. */
export function CreateTopic(props: {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly only?: { readonly topic: string; readonly brokers: readonly TopicBroker[]; readonly form: Partial<Form> };
}) {
  const { isOpen, onClose, only } = props;
  const cluster = useCluster();
  const t = useText(text);
  const queries = useQueryClient();
  const [, navigate] = useLocation();
  const [form, setForm] = useState<Form>(DEFAULTS);
  const [isMade, setMade] = useState(false);
  const all = useWriteTargets(cluster.id, isOpen && only === undefined);
  const brokers = only?.brokers ?? all.data?.brokers;
  const targets = useMemo(() => writeTargets(brokers ?? []), [brokers]);
  const given: Form = { ...form, ...(only === undefined ? {} : { ...only.form, topic: only.topic }) };
  const close = (): void => {
    onClose();
    if (isMade && only === undefined) navigate(pagePath(cluster.id, 'topics', given.topic, 'config'));
    if (isMade) setForm(DEFAULTS);
    setMade(false);
  };
  return (
    <ConfirmWrite
      isOpen={isOpen}
      onClose={close}
      title={only === undefined ? t.createTitle : t.addBrokers}
      action={t.doCreate}
      targets={targets}
      isReady={targets.length > 0 && given.topic !== '' && problemOf(given.topic) === undefined}
      write={async (chosen) => {
        const body = { ...given, brokers: namesOf(chosen) };
        const results = await call(TOPIC_ROUTES.createTopic, { params: { cluster: cluster.id }, body });
        if (anyDone(results)) setMade(true);
        return results;
      }}
      onDone={() => void queries.invalidateQueries()}
    >
      {all.error !== null && <ErrorBox error={all.error} />}
      {only === undefined && <Fields form={form} setForm={setForm} />}
    </ConfirmWrite>
  );
}

function problemOf(topic: string): 'nameIllegal' | 'nameLong' | undefined {
  if (topic !== '' && !NAME.test(topic)) return 'nameIllegal';
  return topic.length > MAX_NAME_LENGTH ? 'nameLong' : undefined;
}

function Fields({ form, setForm }: { readonly form: Form; readonly setForm: (form: Form) => void }) {
  const t = useText(text);
  const problem = problemOf(form.topic);
  const queues = (name: 'readQueues' | 'writeQueues', title: string) => (
    <NumberField
      label={title}
      description={t.queuesHint}
      min={1}
      max={65_535}
      value={form[name]}
      onChange={(value) => setForm({ ...form, [name]: value })}
    />
  );
  return (
    <Stack gap="sm">
      <NameInput
        label={t.name}
        description={t.nameHint}
        value={form.topic}
        error={problem === undefined ? undefined : t[problem]}
        change={(topic) => setForm({ ...form, topic })}
      />
      <Select
        label={t.messageType}
        data={CREATABLE_KINDS.map((kind) => ({ value: kind, label: t[kind] }))}
        value={form.kind}
        allowDeselect={false}
        onChange={(kind) => setForm({ ...form, kind: (kind ?? 'NORMAL') as CreatableKind })}
      />
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        {queues('writeQueues', t.writeQueues)}
        {queues('readQueues', t.readQueues)}
      </SimpleGrid>
      <PermSelect value={form.perm} onChange={(perm) => setForm({ ...form, perm })} />
      <Switch
        label={t.order}
        description={t.orderHint}
        checked={form.order}
        onChange={(event) => setForm({ ...form, order: event.currentTarget.checked })}
      />
    </Stack>
  );
}
