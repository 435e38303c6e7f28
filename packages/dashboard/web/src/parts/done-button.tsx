import { Button } from '@mantine/core';
import { useText } from '../shell/language.ts';
import { text } from './text.ts';

/** Closes a dialog that shows what became of a change. It takes the focus, since what had it is gone: a keyboard's user closes with Enter. */
export function DoneButton({ onClose }: { readonly onClose: () => void }) {
  return (
    <Button autoFocus onClick={onClose}>
      {useText(text).close}
    </Button>
  );
}
