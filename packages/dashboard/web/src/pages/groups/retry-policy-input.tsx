import { Select, SimpleGrid, Stack, TextInput } from '@mantine/core';
import type { RetryPolicyForm } from '../../../../src/api/index.ts';
import { NumberField } from '../../parts/number-field.tsx';
import { useText } from '../../shell/language.ts';
import { text } from './text.ts';

/** A policy as it is typed; `none`: not named in the form. */
export interface PolicyDraft {
  readonly kind: 'none' | 'broker' | 'EXPONENTIAL' | 'CUSTOMIZED';
  readonly initialMs: number;
  readonly maxMs: number;
  readonly multiplier: number;
  readonly next: string;
}

export const NO_POLICY: PolicyDraft = {
  kind: 'none',
  initialMs: 5000,
  maxMs: 7_200_000,
  multiplier: 2,
  next: '1000, 5000, 10000',
};

/** For the form: undefined where none is named, `wrong` where it can't be read. */
export function readPolicy({
  kind,
  initialMs,
  maxMs,
  multiplier,
  next,
}: PolicyDraft): RetryPolicyForm | undefined | 'wrong' {
  if (kind === 'none') return undefined;
  if (kind === 'broker') return { type: 'CUSTOMIZED' };
  if (kind === 'EXPONENTIAL') return maxMs < initialMs ? 'wrong' : { type: kind, initialMs, maxMs, multiplier };
  const nextMs = next
    .split(/[\s,，]+/)
    .filter((part) => part !== '')
    .map(Number);
  return nextMs.length > 0 && nextMs.every((ms) => Number.isSafeInteger(ms) && ms > 0)
    ? { type: kind, nextMs }
    : 'wrong';
}

/** Choice of when failed messages come again. */
export function RetryPolicyInput(props: {
  readonly value: PolicyDraft;
  readonly onChange: (draft: PolicyDraft) => void;
  /** Text of the choice that names none. */
  readonly noneText: string;
}) {
  const { value, onChange, noneText } = props;
  const t = useText(text);
  const number = (name: 'initialMs' | 'maxMs' | 'multiplier', label: string) => (
    <NumberField
      label={label}
      min={1}
      value={value[name]}
      error={name === 'maxMs' && value.maxMs < value.initialMs}
      onChange={(next) => onChange({ ...value, [name]: next })}
    />
  );
  return (
    <Stack gap="xs">
      <Select
        label={t.retryPolicy}
        description={t.policyText}
        data={[
          { value: 'none', label: noneText },
          { value: 'broker', label: t.policyBroker },
          { value: 'EXPONENTIAL', label: t.policyExponential },
          { value: 'CUSTOMIZED', label: t.policyCustomized },
        ]}
        value={value.kind}
        allowDeselect={false}
        onChange={(kind) => onChange({ ...value, kind: (kind ?? 'none') as PolicyDraft['kind'] })}
      />
      {value.kind === 'EXPONENTIAL' && (
        <SimpleGrid cols={{ base: 1, xs: 3 }} spacing="sm">
          {number('initialMs', t.policyInitial)}
          {number('maxMs', t.policyMax)}
          {number('multiplier', t.policyMultiplier)}
        </SimpleGrid>
      )}
      {value.kind === 'CUSTOMIZED' && (
        <TextInput
          label={t.policyNext}
          value={value.next}
          error={readPolicy(value) === 'wrong'}
          onChange={(event) => onChange({ ...value, next: event.currentTarget.value })}
        />
      )}
    </Stack>
  );
}
