import { Chip, Group } from '@mantine/core';
import { useFormat } from '../shell/format.ts';

/** See `KindFilter`. */
export interface KindFilterProps<Kind extends string> {
  readonly label: string;
  readonly kinds: readonly Kind[];
  readonly counts: Readonly<Record<Kind, number>> | undefined;
  /** Undefined: all. */
  readonly chosen: readonly Kind[] | undefined;
  readonly nameOf: (kind: Kind) => string;
  readonly choose: (kinds: readonly Kind[] | undefined) => void;
}

/** Check boxes of kinds with how many rows there are of each; all are on until one is chosen away. */
export function KindFilter<Kind extends string>(props: KindFilterProps<Kind>) {
  const { label, kinds, counts, chosen, nameOf, choose } = props;
  const format = useFormat();
  const isOn = (kind: Kind): boolean => chosen === undefined || chosen.includes(kind);
  const shown = kinds.filter((kind) => counts === undefined || counts[kind] > 0 || !isOn(kind));
  const toggle = (kind: Kind): void => {
    const next = kinds.filter((each) => (each === kind ? !isOn(each) : isOn(each)));
    const isAll = kinds.every((each) => next.includes(each));
    choose(isAll || next.length === 0 ? undefined : next);
  };
  return (
    <Group gap={6} role="group" aria-label={label}>
      {shown.map((kind) => (
        <Chip key={kind} size="xs" variant="outline" checked={isOn(kind)} onChange={() => toggle(kind)}>
          {nameOf(kind)}
          {counts !== undefined && ` ${format.count(counts[kind])}`}
        </Chip>
      ))}
    </Group>
  );
}

/** Kinds of an address: separated by commas, empty for all. */
export function readKinds<Kind extends string>(kinds: readonly Kind[], value: string): readonly Kind[] | undefined {
  const found = kinds.filter((kind) => value.split(',').includes(kind));
  return found.length === 0 ? undefined : found;
}
