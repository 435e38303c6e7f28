import { NumberInput, Select, SimpleGrid, Stack, Textarea } from '@mantine/core';
import type { GroupChangeForm } from '../../../../src/api/index.ts';
import { readAttributes } from '../../shell/attributes.ts';
import { useText } from '../../shell/language.ts';
import { NO_POLICY, type PolicyDraft, RetryPolicyInput, readPolicy } from './retry-policy-input.tsx';
import { text } from './text.ts';

const FLAGS = [
  'consumeEnable',
  'consumeMessageOrderly',
  'consumeBroadcastEnable',
  'consumeFromMinEnable',
  'notifyConsumerIdsChangedEnable',
] as const;
const COUNTS = [
  'retryMaxTimes',
  'retryQueueNums',
  'consumeTimeoutMinute',
  'brokerId',
  'whichBrokerWhenConsumeSlowly',
] as const;
type Flag = (typeof FLAGS)[number];
type Count = (typeof COUNTS)[number];

/** Settings as they are typed: what is not there is not named in the form. */
export interface SettingsDraft {
  readonly flags: Readonly<Partial<Record<Flag, boolean>>>;
  readonly counts: Readonly<Partial<Record<Count, number>>>;
  readonly policy: PolicyDraft;
  readonly attributes: string;
}

export const NO_SETTINGS: SettingsDraft = { flags: {}, counts: {}, policy: NO_POLICY, attributes: '' };

/** For the form; undefined while something can't be read. */
export function readSettings({
  flags,
  counts,
  policy,
  attributes,
}: SettingsDraft): Omit<GroupChangeForm, 'brokers'> | undefined {
  const retryPolicy = readPolicy(policy);
  const named = readAttributes(attributes);
  if (retryPolicy === 'wrong' || named === undefined) return undefined;
  return {
    ...flags,
    ...counts,
    ...(retryPolicy === undefined ? {} : { retryPolicy }),
    ...(Object.keys(named).length === 0 ? {} : { attributes: named }),
  };
}

/** Fields of the settings of a group. `noneText` is the choice of what is not named, `shown` the value that is then in force. */
export function SettingsFields(props: {
  readonly draft: SettingsDraft;
  readonly setDraft: (draft: SettingsDraft) => void;
  readonly noneText: string;
  readonly shown: (name: Flag | Count) => string;
}) {
  const { draft, setDraft, noneText, shown } = props;
  const t = useText(text);
  const flag = (name: Flag) => (
    <Select
      key={name}
      label={t[name]}
      data={[
        { value: '', label: `${noneText}${shown(name) === '' ? '' : `: ${shown(name)}`}` },
        { value: 'true', label: t.yes },
        { value: 'false', label: t.no },
      ]}
      value={draft.flags[name] === undefined ? '' : String(draft.flags[name])}
      allowDeselect={false}
      onChange={(value) => {
        const { [name]: _, ...rest } = draft.flags;
        setDraft({ ...draft, flags: value === '' || value === null ? rest : { ...rest, [name]: value === 'true' } });
      }}
    />
  );
  const count = (name: Count) => (
    <NumberInput
      key={name}
      label={t[name]}
      {...(name === 'retryMaxTimes'
        ? { description: t.retryMaxTimesHint, inputWrapperOrder: ['label', 'input', 'description'] as const }
        : {})}
      placeholder={`${noneText}${shown(name) === '' ? '' : `: ${shown(name)}`}`}
      min={name === 'retryMaxTimes' ? -1 : name === 'consumeTimeoutMinute' ? 1 : 0}
      max={65_535}
      allowDecimal={false}
      value={draft.counts[name] ?? ''}
      onChange={(value) => {
        const { [name]: _, ...rest } = draft.counts;
        setDraft({ ...draft, counts: value === '' ? rest : { ...rest, [name]: Number(value) } });
      }}
    />
  );
  return (
    <Stack gap="sm">
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        {FLAGS.map(flag)}
        {COUNTS.map(count)}
      </SimpleGrid>
      <RetryPolicyInput
        value={draft.policy}
        onChange={(policy) => setDraft({ ...draft, policy })}
        noneText={noneText}
      />
      <Textarea
        label={t.attributes}
        description={t.attributeHint}
        autosize
        minRows={1}
        spellCheck={false}
        value={draft.attributes}
        error={readAttributes(draft.attributes) === undefined}
        onChange={(event) => setDraft({ ...draft, attributes: event.currentTarget.value })}
      />
    </Stack>
  );
}
