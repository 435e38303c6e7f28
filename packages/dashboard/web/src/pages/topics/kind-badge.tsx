import { Badge } from '@mantine/core';
import type { TopicKind } from '../../../../src/api/index.ts';
import { useText } from '../../shell/language.ts';
import { text } from './text.ts';

const COLORS: Readonly<Partial<Record<TopicKind, string>>> = {
  FIFO: 'indigo',
  DELAY: 'grape',
  TRANSACTION: 'orange',
  PRIORITY: 'pink',
  MIXED: 'violet',
  DLQ: 'red',
  RETRY: 'yellow',
};

/** What a topic is for. */
export function KindBadge({ kind }: { readonly kind: TopicKind }) {
  const t = useText(text);
  return (
    <Badge
      variant="light"
      tt="none"
      style={{ flex: 'none', minWidth: 'max-content' }}
      color={COLORS[kind] ?? 'gray'}
      size="sm"
      title={kind === 'UNSPECIFIED' ? t.undeclaredText : kind}
    >
      {t[kind]}
    </Badge>
  );
}

/** A permission in words. */
export function usePermText(): (perm: number) => string {
  const t = useText(text);
  return (perm) => {
    const words = [t.permNone, t.permWrite, t.permRead, t.permBoth][(perm & 6) >> 1]!;
    return (perm & 1) === 0 ? words : `${words}, ${t.permInherit}`;
  };
}

/** `RW` for 6, `R` for 4, `–` for none; as in the tables of RocketMQ's own tools. */
export function shortPerm(perm: number): string {
  return `${(perm & 4) === 0 ? '' : 'R'}${(perm & 2) === 0 ? '' : 'W'}` || '–';
}
