import { Select } from '@mantine/core';
import { useText } from '../../shell/language.ts';
import { usePermText } from './kind-badge.tsx';
import { text } from './text.ts';

const PERMS = [6, 4, 2, 0];

/** Choice of a permission; one that is in force and not among the usual ones is offered too. */
export function PermSelect({ value, onChange }: { readonly value: number; readonly onChange: (perm: number) => void }) {
  const t = useText(text);
  const permText = usePermText();
  const perms = PERMS.includes(value) ? PERMS : [value, ...PERMS];
  return (
    <Select
      label={t.perm}
      data={perms.map((perm) => ({ value: String(perm), label: `${perm} – ${permText(perm)}` }))}
      value={String(value)}
      allowDeselect={false}
      onChange={(perm) => onChange(Number(perm ?? value))}
    />
  );
}
