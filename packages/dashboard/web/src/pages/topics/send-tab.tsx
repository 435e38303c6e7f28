import { Alert, Button, Checkbox, Group, SegmentedControl, SimpleGrid, Stack, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { type SendForm, TOPIC_ROUTES, type TopicSummary } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { Card } from '../../parts/card.tsx';
import { ErrorBox } from '../../parts/error-box.tsx';
import { NumberField } from '../../parts/number-field.tsx';
import { useCluster } from '../../shell/cluster.tsx';
import { Icon } from '../../shell/icon.tsx';
import { useText } from '../../shell/language.ts';
import { useMayWrite } from '../../shell/may-write.ts';
import { BodyInput } from './body-input.tsx';
import { PropertiesInput, type Property } from './properties-input.tsx';
import { SendResult } from './send-result.tsx';
import { text } from './text.ts';

interface Draft {
  readonly tag: string;
  readonly keys: string;
  readonly shardingKey: string;
  readonly body: string;
  readonly properties: readonly Property[];
  readonly delay: 'atOnce' | 'byLevel' | 'byTime';
  readonly level: number;
  readonly seconds: number;
  readonly trace: boolean;
}

const EMPTY: Draft = {
  tag: '',
  keys: '',
  shardingKey: '',
  body: '',
  properties: [],
  delay: 'atOnce',
  level: 3,
  seconds: 60,
  trace: true,
};

/** Sends one message to a topic, and shows where it is. */
export function SendTab({ summary }: { readonly summary: TopicSummary }) {
  const { topic, kind } = summary;
  const cluster = useCluster();
  const t = useText(text);
  const mayWrite = useMayWrite(TOPIC_ROUTES.sendTopicMessage);
  const [draft, setDraft] = useState<Draft>({ ...EMPTY, delay: kind === 'DELAY' ? 'byTime' : 'atOnce' });
  const set = (part: Partial<Draft>): void => setDraft({ ...draft, ...part });
  const work = useMutation({
    mutationFn: () =>
      call(TOPIC_ROUTES.sendTopicMessage, { params: { cluster: cluster.id, topic }, body: formOf(draft) }),
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    work.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Card title={t.send}>
        <Stack gap="md" maw={860}>
          <Hints kind={kind} hasKey={draft.shardingKey !== ''} />
          <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
            <TextInput label={t.tag} value={draft.tag} onChange={(event) => set({ tag: event.currentTarget.value })} />
            <TextInput
              label={t.key}
              description={t.keyHint}
              inputWrapperOrder={['label', 'input', 'description']}
              value={draft.keys}
              onChange={(event) => set({ keys: event.currentTarget.value })}
            />
          </SimpleGrid>
          <BodyInput value={draft.body} onChange={(body) => set({ body })} />
          <PropertiesInput value={draft.properties} onChange={(properties) => set({ properties })} />
          {kind !== 'DELAY' && kind !== 'TRANSACTION' && (
            <TextInput
              label={t.shardingKey}
              description={t.shardingKeyHint}
              maw={424}
              value={draft.shardingKey}
              onChange={(event) => set({ shardingKey: event.currentTarget.value })}
            />
          )}
          <DelayInput draft={draft} set={set} />
          <Checkbox
            label={t.trace}
            description={t.traceHint}
            checked={draft.trace}
            onChange={(event) => set({ trace: event.currentTarget.checked })}
          />
          {work.error !== null && <ErrorBox error={work.error} />}
          <Group>
            <Button
              type="submit"
              disabled={!mayWrite}
              leftSection={<Icon name="send" size={16} />}
              loading={work.isPending}
            >
              {work.data === undefined ? t.doSend : t.sendAgain}
            </Button>
          </Group>
          <div aria-live="polite">{work.data !== undefined && <SendResult topic={topic} answer={work.data} />}</div>
        </Stack>
      </Card>
    </form>
  );
}

/** Only what was given; a property without a name is none. */
function formOf({ tag, keys, shardingKey, body, properties, delay, level, seconds, trace }: Draft): SendForm {
  const given = properties.filter(({ name }) => name !== '');
  return {
    body,
    trace,
    ...(tag === '' ? {} : { tag }),
    ...(keys.trim() === '' ? {} : { keys: keys.trim() }),
    ...(shardingKey === '' ? {} : { shardingKey }),
    ...(given.length === 0 ? {} : { properties: Object.fromEntries(given.map(({ name, value }) => [name, value])) }),
    ...(delay === 'byLevel' ? { delayLevel: level } : {}),
    ...(delay === 'byTime' ? { delayMs: seconds * 1000 } : {}),
  };
}

function Hints({ kind, hasKey }: { readonly kind: TopicSummary['kind']; readonly hasKey: boolean }) {
  const t = useText(text);
  const hints = [
    kind === 'SYSTEM' || kind === 'DLQ' || kind === 'RETRY' ? t.dlqSend : undefined,
    kind === 'TRANSACTION' ? t.transactionSend : undefined,
    kind === 'FIFO' && !hasKey ? t.fifoSend : undefined,
  ].filter((hint) => hint !== undefined);
  return hints.map((hint) => (
    <Alert key={hint} color="yellow" variant="light" icon={<Icon name="warning" />} role="status">
      {hint}
    </Alert>
  ));
}

function DelayInput({ draft, set }: { readonly draft: Draft; readonly set: (part: Partial<Draft>) => void }) {
  const t = useText(text);
  return (
    <Stack gap={6}>
      <Text size="sm" fw={600} id="delivery">
        {t.delay}
      </Text>
      <SegmentedControl
        aria-labelledby="delivery"
        style={{ alignSelf: 'flex-start', maxWidth: '100%' }}
        data={(['atOnce', 'byLevel', 'byTime'] as const).map((value) => ({ value, label: t[value] }))}
        value={draft.delay}
        onChange={(delay) => set({ delay: delay as Draft['delay'] })}
      />
      {draft.delay === 'byLevel' && (
        <NumberField
          label={t.level}
          description={t.levelHint}
          min={1}
          max={99}
          maw={424}
          value={draft.level}
          onChange={(level) => set({ level })}
        />
      )}
      {draft.delay === 'byTime' && (
        <NumberField
          label={t.seconds}
          min={1}
          maw={200}
          value={draft.seconds}
          onChange={(seconds) => set({ seconds })}
        />
      )}
    </Stack>
  );
}
