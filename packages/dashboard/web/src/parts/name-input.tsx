import { TextInput } from '@mantine/core';

/** The first field of a dialog: the name of what is made, as it is typed and nothing that a browser proposes or corrects. */
export function NameInput(props: {
  readonly label: string;
  readonly description: string;
  readonly value: string;
  readonly change: (value: string) => void;
  /** What is wrong with it. */
  readonly error?: string | undefined;
  readonly placeholder?: string;
}) {
  const { label, description, value, change, error, placeholder } = props;
  return (
    <TextInput
      {...{ label, description, value, error }}
      {...(placeholder === undefined ? {} : { placeholder })}
      onChange={(event) => change(event.currentTarget.value)}
      required
      data-autofocus
      autoComplete="off"
      spellCheck={false}
    />
  );
}
