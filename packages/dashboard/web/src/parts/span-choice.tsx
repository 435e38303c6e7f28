import { Group, NativeSelect, TextInput } from '@mantine/core';
import { useMemo } from 'react';
import { useText } from '../shell/language.ts';
import { useSettings } from '../shell/settings.tsx';
import { useUrlState } from '../shell/url-state.ts';
import { spanText } from './span-text.ts';

const HOUR_MS = 3_600_000;
const SPANS = {
  '1h': HOUR_MS,
  '6h': 6 * HOUR_MS,
  '24h': 24 * HOUR_MS,
  '7d': 168 * HOUR_MS,
  '30d': 720 * HOUR_MS,
} as const;

/** A span of time that a page shows; it is in the address. */
export interface Span {
  /** Ends now. */
  readonly isLive: boolean;
  /** Of queries: the same for the same choice. */
  readonly key: string;
  /** Begin and end, counted from now where it is live. */
  now(): { readonly fromMs: number; readonly toMs: number };
  choose(fromMs: number, toMs: number): void;
  /** One of the names, or `own`. */
  readonly choice: string;
  chooseLast(name: string): void;
}

/** The span of the page. */
export function useSpan(fallback: keyof typeof SPANS = '1h'): Span {
  const [state, change] = useUrlState({ span: fallback as string, from: '', to: '' });
  return useMemo(() => {
    const fromMs = Number(state.from);
    const toMs = Number(state.to);
    const isOwn = state.from !== '' && state.to !== '' && Number.isFinite(fromMs) && toMs > fromMs;
    const lengthMs = SPANS[state.span as keyof typeof SPANS] ?? SPANS[fallback];
    return {
      isLive: !isOwn,
      key: isOwn ? `${fromMs} ${toMs}` : state.span,
      choice: isOwn ? 'own' : state.span,
      now: () => (isOwn ? { fromMs, toMs } : { fromMs: Date.now() - lengthMs, toMs: Date.now() }),
      choose: (from, to) => change({ from: String(Math.round(from)), to: String(Math.round(to)) }),
      chooseLast: (name) => change({ span: name, from: undefined, to: undefined }),
    };
  }, [state.span, state.from, state.to, change, fallback]);
}

/** The span as a list of usual ones, and as two times. */
export function SpanChoice({ span }: { readonly span: Span }) {
  const t = useText(spanText);
  const { zone } = useSettings();
  const names = [...Object.keys(SPANS), 'own'] as (keyof typeof t)[];
  const shown = span.now();
  return (
    <Group gap="xs" align="flex-end">
      {!span.isLive && (
        <>
          <TimeInput
            label={t.from}
            atMs={shown.fromMs}
            zone={zone}
            onChange={(ms) => span.choose(ms, Math.max(shown.toMs, ms + 60_000))}
          />
          <TimeInput
            label={t.to}
            atMs={shown.toMs}
            zone={zone}
            onChange={(ms) => span.choose(Math.min(shown.fromMs, ms - 60_000), ms)}
          />
        </>
      )}
      <NativeSelect
        size="xs"
        w={150}
        aria-label={t.span}
        data={names.map((value) => ({ value, label: t[value] }))}
        value={span.choice}
        onChange={(event) => {
          const { value } = event.currentTarget;
          if (value === 'own') span.choose(shown.fromMs, shown.toMs);
          else span.chooseLast(value);
        }}
      />
    </Group>
  );
}

/** A date with a time, in the zone that is chosen. */
export function TimeInput(props: {
  readonly label: string;
  readonly atMs: number;
  readonly zone: 'local' | 'utc';
  readonly onChange: (ms: number) => void;
}) {
  const { label, atMs, zone, onChange } = props;
  const offsetMs = zone === 'utc' ? 0 : new Date(atMs).getTimezoneOffset() * 60_000;
  return (
    <TextInput
      size="xs"
      type="datetime-local"
      label={label}
      value={new Date(atMs - offsetMs).toISOString().slice(0, 16)}
      onChange={(event) => {
        const text = event.currentTarget.value;
        const ms = Date.parse(zone === 'utc' ? `${text}Z` : text);
        if (Number.isFinite(ms)) onChange(ms);
      }}
    />
  );
}
