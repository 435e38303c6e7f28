import { Badge } from '@mantine/core';
import type { Severity as Name } from '../../../../src/api/index.ts';
import { useText } from '../../shell/language.ts';
import { text } from './text.ts';

/** How bad an alert is. */
export function Severity({ severity }: { readonly severity: Name }) {
  const t = useText(text);
  return (
    <Badge tt="none" size="sm" variant="light" color={severity === 'error' ? 'red' : 'yellow'}>
      {t[severity]}
    </Badge>
  );
}
