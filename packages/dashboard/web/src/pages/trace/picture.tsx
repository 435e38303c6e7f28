import { useElementSize } from '@mantine/hooks';
import { useId } from 'react';
import { useFormat } from '../../shell/format.ts';
import { useText } from '../../shell/language.ts';
import type { Lane, Mark, MarkStatus, Picture } from './layout.ts';
import { text } from './text.ts';
import classes from './trace.module.css';

const LANE = 44;
const BAR = 16;
const AXIS = 26;
const END_ROOM = 64;
const LABEL_WIDTH = 190;
/** Narrower pictures have the names above the lanes. */
const NARROW = 620;
const STATUSES: readonly MarkStatus[] = ['good', 'bad', 'open', 'neutral'];

/** Lanes over a common axis of time. It says nothing that the tables do not say, and is one image for screen readers. */
export function TracePicture({ picture }: { readonly picture: Picture }) {
  const t = useText(text);
  const { ref, width } = useElementSize();
  const title = useId();
  const took = useTook();
  const { lanes, startMs, endMs, stretches } = picture;
  const isNarrow = width < NARROW;
  const left = isNarrow ? 8 : LABEL_WIDTH;
  const laneHeight = isNarrow ? LANE + 14 : LANE;
  const room = Math.max(40, width - left - END_ROOM);
  const height = AXIS + lanes.length * laneHeight + 4;
  const x = (share: number): number => left + share * room;
  const top = (index: number): number => AXIS + index * laneHeight;
  return (
    <div ref={ref} className={classes.picture}>
      {width > 0 && (
        <svg width={width} height={height} role="img" aria-labelledby={title}>
          <title id={title}>{t.pictureAlt(String(lanes.length), took(endMs - startMs))}</title>
          <Axis picture={picture} x={x} height={height} />
          {stretches.slice(1).map(({ from }, index) => (
            <Cut key={from} x={(x(from) + x(stretches[index]!.to)) / 2} height={height} />
          ))}
          {lanes.map((lane, index) => (
            <LaneRow
              key={lane.key}
              lane={lane}
              top={top(index)}
              height={laneHeight}
              left={left}
              right={x(1)}
              x={x}
              isNarrow={isNarrow}
            />
          ))}
        </svg>
      )}
      <Legend picture={picture} />
    </div>
  );
}

/** `12 ms`, `3.4 s`, `12 min`: finer than the durations of other pages. */
function useTook(): (ms: number) => string {
  const t = useText(text);
  const format = useFormat();
  return (ms) => {
    if (ms < 1000) return t.ms(format.count(ms));
    return ms < 100_000 ? `${format.rate(ms / 1000)} s` : format.duration(ms);
  };
}

/** The beginning of each stretch, counted from the first event. */
function Axis(props: { readonly picture: Picture; readonly x: (share: number) => number; readonly height: number }) {
  const { picture, x, height } = props;
  const t = useText(text);
  const took = useTook();
  const { stretches, startMs, endMs } = picture;
  const last = stretches.at(-1)!;
  const marks = stretches.map(({ from, fromMs }) => ({ at: from, ms: fromMs }));
  const hasRoom = x(last.to) - x(last.from) > 120;
  return (
    <g className={classes.axis}>
      {(hasRoom ? [...marks, { at: last.to, ms: endMs }] : marks).map(({ at, ms }) => (
        <g key={at}>
          <line x1={x(at)} x2={x(at)} y1={AXIS - 6} y2={height - 4} className={classes.tick} />
          <text x={x(at) + 3} y={12}>
            {ms === startMs ? '0' : t.plus(took(ms - startMs))}
          </text>
        </g>
      ))}
    </g>
  );
}

/** Two strokes across the axis: time is left out here. */
function Cut({ x, height }: { readonly x: number; readonly height: number }) {
  return (
    <g className={classes.cut}>
      <line x1={x - 2} x2={x - 2} y1={AXIS - 6} y2={height - 4} />
      <line x1={x + 2} x2={x + 2} y1={AXIS - 6} y2={height - 4} />
    </g>
  );
}

function LaneRow(props: {
  readonly lane: Lane;
  readonly top: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly x: (share: number) => number;
  readonly isNarrow: boolean;
}) {
  const { lane, top, height, left, right, x, isNarrow } = props;
  const t = useText(text);
  const middle = top + (isNarrow ? height - LANE / 2 + 4 : height / 2);
  const labelAt = isNarrow ? top + 12 : middle - 3;
  return (
    <g>
      <line x1={isNarrow ? left : 8} x2={right} y1={top} y2={top} className={classes.rule} />
      <text x={8} y={labelAt} className={classes.kind}>
        {t[lane.kind]}
        {isNarrow && <tspan className={classes.name}> {shortened(lane.name, 34)}</tspan>}
      </text>
      {!isNarrow && (
        <text x={8} y={labelAt + 14} className={classes.name}>
          {shortened(lane.name, 26)}
          <title>{lane.name}</title>
        </text>
      )}
      <line x1={left} x2={right} y1={middle} y2={middle} className={classes.lane} />
      {lane.marks.map((mark, index) => (
        <MarkShape key={mark.key} mark={mark} x={x} y={middle} next={lane.marks[index + 1]} />
      ))}
    </g>
  );
}

function shortened(name: string, length: number): string {
  return name.length <= length ? name : `${name.slice(0, length - 1)}…`;
}

function MarkShape(props: {
  readonly mark: Mark;
  readonly x: (share: number) => number;
  readonly y: number;
  readonly next: Mark | undefined;
}) {
  const { mark, x, y, next } = props;
  const t = useText(text);
  const format = useFormat();
  const took = useTook();
  const from = x(mark.from);
  const to = Math.max(x(mark.to), from + 6);
  const isPoint = mark.kind === 'store' || mark.kind === 'end' || mark.kind === 'recall';
  const duration = isPoint ? '' : took(mark.toMs - mark.fromMs);
  const about = [
    mark.attempt === undefined ? undefined : t.attempt(String(mark.attempt)),
    t[mark.status],
    mark.note,
    format.exactTime(mark.fromMs),
    duration,
  ];
  const label = [glyphOf(mark), mark.note ?? duration].filter((each) => each !== undefined && each !== '').join(' ');
  const end = isPoint ? from + 8 : to;
  // A label that would run into the next mark is left out; the mark's own title has it.
  const hasRoom = next === undefined || x(next.from) - end > 8 + label.length * 6.5;
  return (
    <g className={classes[mark.status]}>
      <title>{about.filter((each) => each !== undefined && each !== '').join(' · ')}</title>
      {isPoint ? (
        <path d={`M${from} ${y - 8}l8 8-8 8-8-8z`} />
      ) : (
        <rect x={from} y={y - BAR / 2} width={to - from} height={BAR} rx={3} />
      )}
      {mark.attempt !== undefined && to - from > 16 && (
        <text x={(from + to) / 2} y={y + 4} textAnchor="middle" className={classes.number}>
          {mark.attempt}
        </text>
      )}
      {hasRoom && (
        <text x={end + 5} y={y + 4} className={classes.label}>
          {label}
        </text>
      )}
    </g>
  );
}

/** Colours alone would not do. */
function glyphOf({ status, kind }: Mark): string {
  if (kind === 'store') return '';
  return status === 'good' ? '✓' : status === 'bad' ? '✕' : status === 'open' ? '…' : '';
}

function Legend({ picture }: { readonly picture: Picture }) {
  const t = useText(text);
  const used = new Set(picture.lanes.flatMap(({ marks }) => marks.map(({ status }) => status)));
  return (
    <div className={classes.legend} aria-hidden="true">
      {STATUSES.filter((status) => used.has(status)).map((status) => (
        <span key={status}>
          <i className={classes[status]} /> {t[status]}
        </span>
      ))}
      {picture.stretches.length > 1 && <span>‖ {t.cut}</span>}
    </div>
  );
}
