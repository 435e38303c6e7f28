import { Badge, Text } from '@mantine/core';
import type { Reachability } from '../../../src/api/index.ts';
import { useFormat } from '../shell/format.ts';
import { useText } from '../shell/language.ts';
import { reachText } from './reach-text.ts';

/** How long an address took to answer, or why it did not and what to do about it. */
export function ReachAnswer({ latencyMs, failure, hint }: Pick<Reachability, 'latencyMs' | 'failure' | 'hint'>) {
  const t = useText(reachText);
  const format = useFormat();
  if (failure === undefined)
    return (
      <Badge color="green" variant="light" size="sm" tt="none">
        {t.answered(format.rate(latencyMs ?? 0))}
      </Badge>
    );
  return (
    <div>
      <Text size="sm" c="red">
        {failure}
      </Text>
      {hint !== undefined && <Text size="sm">{hint === 'name' ? t.nameHint : t[hint]}</Text>}
    </div>
  );
}
