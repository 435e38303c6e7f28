import { Text, Tooltip } from '@mantine/core';
import type { UnknownReason } from '../../../../src/api/index.ts';
import { useFormat } from '../../shell/format.ts';
import { useText } from '../../shell/language.ts';
import { text } from './text.ts';

/** Why a lag is not known, in words. */
export function useWhyUnknown(): (reason: UnknownReason) => string {
  const t = useText(text);
  return (reason) => t[`why${reason}`];
}

/** Messages that are not consumed yet; where that is not known, why, in short, with the whole sentence for a pointer and a focus. */
export function Lag({
  lag,
  unknown,
}: {
  readonly lag: number | undefined;
  readonly unknown: UnknownReason | undefined;
}) {
  const t = useText(text);
  const format = useFormat();
  const why = useWhyUnknown();
  if (lag !== undefined)
    return (
      <Text span inherit fw={lag > 0 ? 600 : 400}>
        {format.count(lag)}
      </Text>
    );
  if (unknown === undefined)
    return (
      <Text span inherit c="dimmed">
        {t.unknown}
      </Text>
    );
  return (
    <Tooltip label={why(unknown)} events={{ hover: true, focus: true, touch: true }}>
      <Text span inherit c="dimmed" tabIndex={0}>
        {t[`short${unknown}`]}
      </Text>
    </Tooltip>
  );
}
