import type { MessageTrace, TraceAttempt } from '../../../../src/api/index.ts';

/** What a mark of the picture is. */
export type MarkKind = 'send' | 'store' | 'end' | 'recall' | 'attempt';
export type MarkStatus = 'good' | 'bad' | 'open' | 'neutral';

/** A bar or a point on a lane. Places are parts of the width, from 0 to 1. */
export interface Mark {
  readonly key: string;
  readonly kind: MarkKind;
  readonly status: MarkStatus;
  readonly from: number;
  /** Same as `from`: a point in time. */
  readonly to: number;
  readonly fromMs: number;
  readonly toMs: number;
  /** Attempts are numbered from 1. */
  readonly attempt?: number | undefined;
  /** What failed, or in which state a transaction ended. */
  readonly note?: string | undefined;
}

/** A row of the picture: a producer, the broker, the transaction, a group. */
export interface Lane {
  readonly key: string;
  readonly kind: 'producer' | 'broker' | 'transaction' | 'recall' | 'group';
  readonly name: string;
  readonly marks: readonly Mark[];
}

/** A stretch of the axis. Where nothing happens for long the axis is cut, so that milliseconds stay visible beside hours. */
export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
  readonly from: number;
  readonly to: number;
}

export interface Picture {
  readonly startMs: number;
  readonly endMs: number;
  readonly lanes: readonly Lane[];
  /** In order; between two of them the axis is cut. */
  readonly stretches: readonly Stretch[];
}

interface RawMark {
  readonly key: string;
  readonly kind: MarkKind;
  readonly status: MarkStatus;
  readonly fromMs: number;
  readonly toMs: number;
  readonly attempt?: number | undefined;
  readonly note?: string | undefined;
}

interface RawLane {
  readonly key: string;
  readonly kind: Lane['kind'];
  readonly name: string;
  readonly marks: readonly RawMark[];
}

/** Undefined when nothing of the trace has a time. */
export function pictureOf(trace: MessageTrace): Picture | undefined {
  const raw = lanesOf(trace).filter(({ marks }) => marks.length > 0);
  const marks = raw.flatMap((lane) => lane.marks);
  if (marks.length === 0) return undefined;
  const stretches = stretchesOf(marks);
  const place = (ms: number): number => placeOf(stretches, ms);
  const lanes = raw.map((lane) => ({
    ...lane,
    marks: lane.marks.map((mark) => ({ ...mark, from: place(mark.fromMs), to: place(mark.toMs) })),
  }));
  return { startMs: stretches[0]!.fromMs, endMs: stretches.at(-1)!.toMs, lanes, stretches };
}

function lanesOf(trace: MessageTrace): RawLane[] {
  return [...producerLanes(trace), ...brokerLane(trace), ...endLane(trace), ...recallLane(trace), ...groupLanes(trace)];
}

function producerLanes({ sends }: MessageTrace): RawLane[] {
  const groups = [...new Set(sends.map(({ group }) => group))];
  return groups.map((name) => ({
    ...{ key: `producer ${name}`, kind: 'producer', name },
    marks: sends
      .filter(({ group }) => group === name)
      .map((send, index) => ({
        ...{ key: `send ${index}`, kind: 'send', status: send.success ? 'good' : 'bad' },
        ...{ fromMs: send.beginMs, toMs: send.beginMs + Math.max(0, send.costMs) },
      })),
  }));
}

function brokerLane({ message, sends }: MessageTrace): RawLane[] {
  if (message === undefined) return [];
  const { storeTimestampMs: ms } = message;
  const name = message.brokerName ?? sends[0]?.storeHost ?? '';
  return [
    {
      key: 'broker',
      kind: 'broker',
      name,
      marks: [{ key: 'store', kind: 'store', status: 'neutral', fromMs: ms, toMs: ms }],
    },
  ];
}

function endLane({ ends }: MessageTrace): RawLane[] {
  if (ends.length === 0) return [];
  const statusOf = (state: string): MarkStatus =>
    state === 'COMMIT_MESSAGE' ? 'good' : state === 'ROLLBACK_MESSAGE' ? 'bad' : 'open';
  const marks = ends.map(({ state, atMs }, index) => ({
    ...{ key: `end ${index}`, kind: 'end' as const, status: statusOf(state), fromMs: atMs, toMs: atMs, note: state },
  }));
  return [{ key: 'transaction', kind: 'transaction', name: ends[0]!.group, marks }];
}

function recallLane({ recalls }: MessageTrace): RawLane[] {
  if (recalls.length === 0) return [];
  const marks = recalls.map(({ success, atMs }, index) => ({
    ...{ key: `recall ${index}`, kind: 'recall' as const, status: success ? ('good' as const) : ('bad' as const) },
    ...{ fromMs: atMs, toMs: atMs },
  }));
  return [{ key: 'recall', kind: 'recall', name: recalls[0]!.group, marks }];
}

function groupLanes({ groups }: MessageTrace): RawLane[] {
  return groups.map(({ group, attempts }) => ({
    ...{ key: `group ${group}`, kind: 'group', name: group },
    marks: attempts.flatMap((attempt, index) => attemptMark(attempt, index)),
  }));
}

function attemptMark(attempt: TraceAttempt, index: number): RawMark[] {
  const fromMs = attempt.beginMs ?? attempt.endMs;
  if (fromMs === undefined) return [];
  const status = attempt.status === 'SUCCESS' ? 'good' : attempt.status === 'FAILED' ? 'bad' : 'open';
  // A listener that refuses returns FAILED: nothing new. An exception or a time-out is.
  const note = attempt.status === 'FAILED' && attempt.returnType !== 'FAILED' ? attempt.returnType : undefined;
  const toMs = Math.max(fromMs, attempt.endMs ?? fromMs);
  return [{ key: attempt.requestId, kind: 'attempt', status, fromMs, toMs, attempt: index + 1, note }];
}

/** Stretches with marks, each at least this part of the width. */
const LEAST_SHARE = 0.16;
/** Between stretches. */
const GAP = 0.03;
/** A pause is cut when it is longer than this, and than so many times everything beside it. */
const LEAST_PAUSE_MS = 500;
const PAUSE_FACTOR = 4;
const MOST_STRETCHES = 5;

function stretchesOf(marks: readonly RawMark[]): Stretch[] {
  const parts = joined(marks);
  const lengths = parts.map(({ fromMs, toMs }) => Math.max(1, toMs - fromMs));
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const room = 1 - GAP * (parts.length - 1);
  const shares = lengths.map((length) => Math.max(LEAST_SHARE, length / total));
  const all = shares.reduce((sum, share) => sum + share, 0);
  let at = 0;
  return parts.map(({ fromMs, toMs }, index) => {
    const from = at;
    const to = from + (shares[index]! / all) * room;
    at = to + GAP;
    return { fromMs, toMs: Math.max(toMs, fromMs + 1), from, to };
  });
}

/** Times with something in them, the longest pauses between them left out. */
function joined(marks: readonly RawMark[]): { fromMs: number; toMs: number }[] {
  const sorted = [...marks].sort((a, b) => a.fromMs - b.fromMs);
  const busy: { fromMs: number; toMs: number }[] = [];
  for (const { fromMs, toMs } of sorted) {
    const last = busy.at(-1);
    if (last !== undefined && fromMs <= last.toMs) last.toMs = Math.max(last.toMs, toMs);
    else busy.push({ fromMs, toMs });
  }
  const pauses = busy.slice(1).map(({ fromMs }, index) => fromMs - busy[index]!.toMs);
  const kept = [...pauses].sort((a, b) => a - b);
  const busyMs = busy.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
  // The shortest pauses are a part of what is shown; the first one that is far longer than all before it is cut, and all longer ones.
  let shownMs = Math.max(1, busyMs);
  let limit = Number.POSITIVE_INFINITY;
  for (const pause of kept) {
    if (pause >= LEAST_PAUSE_MS && pause > shownMs * PAUSE_FACTOR) {
      limit = pause;
      break;
    }
    shownMs += pause;
  }
  const longest = [...pauses].sort((a, b) => b - a)[MOST_STRETCHES - 1];
  const cut = (pause: number): boolean => pause >= limit && (longest === undefined || pause > longest);
  const parts: { fromMs: number; toMs: number }[] = [];
  busy.forEach((each, index) => {
    const last = parts.at(-1);
    if (last !== undefined && !cut(pauses[index - 1]!)) last.toMs = each.toMs;
    else parts.push({ ...each });
  });
  return parts;
}

function placeOf(stretches: readonly Stretch[], ms: number): number {
  const stretch = stretches.find(({ toMs }) => ms <= toMs) ?? stretches.at(-1)!;
  const share = (ms - stretch.fromMs) / (stretch.toMs - stretch.fromMs);
  return stretch.from + Math.max(0, Math.min(1, share)) * (stretch.to - stretch.from);
}
