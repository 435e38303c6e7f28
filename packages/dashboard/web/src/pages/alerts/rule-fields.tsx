import type { RuleKind } from '../../../../src/api/index.ts';
import { NumberField } from '../../parts/number-field.tsx';
import { useText } from '../../shell/language.ts';
import { text } from './text.ts';

/** What a rule of this kind compares with; nothing for a kind without a limit. */
export function LimitField(props: {
  readonly kind: RuleKind;
  readonly value: number | undefined;
  readonly change: (value: number) => void;
}) {
  const { kind, value, change } = props;
  const t = useText(text);
  if (value === undefined) return null;
  const labels: Partial<Record<RuleKind, string>> = {
    ...{
      diskFull: t.limitDisk,
      fewMembers: t.limitMembers,
      lag: t.limitLag,
      lagAge: t.limitAge,
      deadLetters: t.limitLetters,
    },
  };
  return (
    <NumberField
      label={labels[kind]}
      min={1}
      max={kind === 'diskFull' ? 100 : 1_000_000_000_000}
      value={value}
      onChange={change}
    />
  );
}

/** How long a condition must hold. `value` in ms. */
export function LastingField({ value, change }: { readonly value: number; readonly change: (ms: number) => void }) {
  const t = useText(text);
  return (
    <NumberField
      label={t.forSeconds}
      description={t.forHint}
      min={0}
      max={86_400}
      value={Math.round(value / 1000)}
      onChange={(seconds) => change(seconds * 1000)}
    />
  );
}
