import { Select, TextInput } from '@mantine/core';
import { useText } from '../../shell/language.ts';
import { useSettings } from '../../shell/settings.tsx';
import { fromTimeInput, toTimeInput } from '../../shell/time-input.ts';
import { text } from './text.ts';

const MINUTE_MS = 60_000;
const SPANS: Readonly<Record<string, number>> = {
  last15m: 15 * MINUTE_MS,
  last1h: 60 * MINUTE_MS,
  last3h: 180 * MINUTE_MS,
  last24h: 1440 * MINUTE_MS,
  last3d: 4320 * MINUTE_MS,
};
const CHOICES = ['last15m', 'last1h', 'last3h', 'last24h', 'last3d', 'allTime', 'custom'] as const;
export type SpanChoice = (typeof CHOICES)[number];

/** What is typed into a choice of time. */
export interface SpanState {
  readonly choice: SpanChoice;
  /** As inputs of the browser have it; for `custom`. */
  readonly from: string;
  readonly to: string;
}

/** First and last millisecond; undefined where what is typed is no span. */
export function spanOf(
  state: SpanState,
  zone: 'local' | 'utc',
  nowMs: number,
): { beginMs: number; endMs: number } | undefined {
  if (state.choice === 'allTime') return { beginMs: 0, endMs: nowMs };
  const span = SPANS[state.choice];
  if (span !== undefined) return { beginMs: nowMs - span, endMs: nowMs };
  const beginMs = fromTimeInput(state.from, zone);
  const endMs = fromTimeInput(state.to, zone);
  if (beginMs === undefined || endMs === undefined || endMs < beginMs) return undefined;
  // The second that is shown belongs to it.
  return { beginMs, endMs: endMs % 1000 === 0 ? endMs + 999 : endMs };
}

/** What is shown for times of an address, or for the first visit. */
export function spanState(
  beginMs: number | undefined,
  endMs: number | undefined,
  zone: 'local' | 'utc',
  fallback: SpanChoice,
): SpanState {
  if (beginMs === undefined || endMs === undefined) return { choice: fallback, from: '', to: '' };
  if (beginMs === 0) return { choice: 'allTime', from: '', to: '' };
  return { choice: 'custom', from: toTimeInput(beginMs, zone), to: toTimeInput(endMs, zone) };
}

/** When messages were stored: one of some spans up to now, or two times. */
export function TimeRange({
  state,
  change,
}: {
  readonly state: SpanState;
  readonly change: (state: SpanState) => void;
}) {
  const t = useText(text);
  const { zone } = useSettings();
  const { choice, from, to } = state;
  const isBad = (value: string): boolean => value !== '' && fromTimeInput(value, zone) === undefined;
  const isTurned = from !== '' && to !== '' && (fromTimeInput(to, zone) ?? 0) < (fromTimeInput(from, zone) ?? 0);
  const choose = (value: string | null): void => {
    const next = (value ?? 'last1h') as SpanChoice;
    const now = Date.now();
    const span = next === 'custom' && from === '' ? spanOf({ ...state, choice: 'last1h' }, zone, now)! : undefined;
    change({
      choice: next,
      from: span === undefined ? from : toTimeInput(span.beginMs, zone),
      to: span === undefined ? to : toTimeInput(span.endMs, zone),
    });
  };
  return (
    <>
      <Select
        label={t.range}
        data={CHOICES.map((value) => ({ value, label: t[value] }))}
        value={choice}
        onChange={choose}
        allowDeselect={false}
        size="sm"
      />
      {choice === 'custom' && (
        <>
          <TextInput
            type="datetime-local"
            step={1}
            label={t.from}
            value={from}
            error={isBad(from) && t.badTime}
            onChange={(event) => change({ ...state, from: event.currentTarget.value })}
            size="sm"
          />
          <TextInput
            type="datetime-local"
            step={1}
            label={t.to}
            value={to}
            error={isBad(to) ? t.badTime : isTurned && t.endFirst}
            onChange={(event) => change({ ...state, to: event.currentTarget.value })}
            size="sm"
          />
        </>
      )}
    </>
  );
}
