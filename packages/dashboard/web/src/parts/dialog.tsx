import { Modal, type ModalProps } from '@mantine/core';
import type { ReactNode } from 'react';
import { useText } from '../shell/language.ts';
import { text } from './text.ts';

/** What is done above a page. Its content is made anew whenever it opens, so that it begins empty. */
export function Dialog(props: {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly title: string;
  /** Default: `lg`. */
  readonly size?: NonNullable<ModalProps['size']>;
  readonly children: ReactNode;
}) {
  const { isOpen, onClose, title, size = 'lg', children } = props;
  const t = useText(text);
  return (
    <Modal opened={isOpen} onClose={onClose} title={title} size={size} closeButtonProps={{ 'aria-label': t.close }}>
      {isOpen && children}
    </Modal>
  );
}
