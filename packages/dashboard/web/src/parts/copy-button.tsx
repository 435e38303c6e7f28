import { ActionIcon } from '@mantine/core';
import { useEffect, useState } from 'react';
import { Icon } from '../shell/icon.tsx';
import { useText } from '../shell/language.ts';
import { text } from './text.ts';

/** Copies a text: addresses, ids. */
export function CopyButton({ value, label }: { readonly value: string; readonly label?: string }) {
  const t = useText(text);
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return undefined;
    const timer = setTimeout(() => setCopied(false), 1500);
    return () => clearTimeout(timer);
  }, [isCopied]);
  const name = isCopied ? t.copied : `${t.copy} ${label ?? value}`;
  return (
    <ActionIcon
      variant="subtle"
      color={isCopied ? 'green' : 'gray'}
      size={22}
      aria-label={name}
      title={isCopied ? t.copied : t.copy}
      onClick={(event) => {
        event.stopPropagation();
        void copyText(value).then(() => setCopied(true));
      }}
    >
      <Icon name={isCopied ? 'check' : 'copy'} size={14} />
    </ActionIcon>
  );
}

/** Browsers give the clipboard to pages of https and of this machine only; elsewhere the old way still works. */
async function copyText(value: string): Promise<void> {
  if (navigator.clipboard !== undefined) return await navigator.clipboard.writeText(value);
  const area = document.createElement('textarea');
  area.value = value;
  area.style.position = 'fixed';
  area.style.opacity = '0';
  document.body.append(area);
  area.select();
  document.execCommand('copy');
  area.remove();
}
