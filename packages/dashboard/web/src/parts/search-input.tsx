import { TextInput } from '@mantine/core';
import { Icon } from '../shell/icon.tsx';

/** A small field above a table that shows the rows in which its text is. */
export function SearchInput(props: {
  readonly label: string;
  readonly value: string;
  readonly change: (value: string) => void;
}) {
  const { label, value, change } = props;
  return (
    <TextInput
      type="search"
      size="xs"
      w={{ base: '100%', xs: 260 }}
      leftSection={<Icon name="search" size={15} />}
      placeholder={label}
      aria-label={label}
      value={value}
      onChange={(event) => change(event.currentTarget.value)}
    />
  );
}
