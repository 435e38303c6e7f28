import { Counter, Snapshots } from './counter.ts';
import type { Distribution } from './distribution.ts';

/** What is counted: declared once, where it is counted. */
export interface Metric {
  readonly unit: 'messages' | 'milliseconds' | 'calls' | 'bytes' | 'brokers';
  /** What its counters differ by: a topic, a group. Without labels there is one counter. */
  readonly labels?: readonly string[];
  /** Another name, for the bytes that are counted beside its values. */
  readonly bytesName?: string;
  readonly meaning: string;
}

/** What one counter or distribution has counted so far, or what a gauge shows now. */
export interface Reading {
  readonly name: string;
  readonly metric: Metric;
  /** Values of the metric's labels. */
  readonly labels: readonly string[];
  /** A number is that of a gauge: it may fall. */
  readonly value: Readonly<Pick<Counter<string>, 'value' | 'bytes' | 'calls'>> | Distribution | number;
}

/** One value of a gauge: values of the metric's labels, and the number that is shown now. */
interface GaugeValue {
  readonly labels: readonly string[];
  readonly value: number;
}

/** The counters of one metric by their keys: the values of its labels with `@` in between. */
export class Counters<Span extends string> {
  readonly metric: Metric;
  readonly #snapshots: Snapshots<Span>;
  readonly #byKey = new Map<string, Counter<Span>>();

  constructor(metric: Metric, snapshots: Snapshots<Span>) {
    this.metric = metric;
    this.#snapshots = snapshots;
  }

  /** Made at its first use. */
  of(key = ''): Counter<Span> {
    let counter = this.#byKey.get(key);
    if (counter === undefined) {
      counter = new Counter(this.#snapshots);
      this.#byKey.set(key, counter);
    }
    return counter;
  }

  /** All, by their keys. */
  entries(): Iterable<readonly [key: string, counter: Counter<Span>]> {
    return this.#byKey;
  }

  find(key: string): Counter<Span> | undefined {
    return this.#byKey.get(key);
  }

  drop(isDropped: (key: string, counter: Counter<Span>) => boolean): void {
    for (const [key, counter] of this.#byKey) if (isDropped(key, counter)) this.#byKey.delete(key);
  }

  /** Drops those with this value of a label. */
  dropLabel(label: string, value: string): void {
    const at = this.metric.labels?.indexOf(label) ?? -1;
    if (at >= 0) this.drop((key) => key.split('@')[at] === value);
  }

  *[Symbol.iterator](): Iterator<Pick<Reading, 'labels' | 'value'>> {
    for (const [key, value] of this.#byKey) yield { labels: key === '' ? [] : key.split('@'), value };
  }
}

/** All that a part of a process counts. Counting is an addition; reading walks over everything. */
export class Metrics<Span extends string> extends Snapshots<Span> {
  readonly #counters = new Map<string, Counters<Span>>();
  readonly #distributions: Reading[] = [];
  readonly #gauges = new Map<string, { readonly metric: Metric; readonly read: () => Iterable<GaugeValue> }>();

  /** Declares counters, by their names. */
  counters<Name extends string>(declared: Readonly<Record<Name, Metric>>): Readonly<Record<Name, Counters<Span>>> {
    const made: Partial<Record<Name, Counters<Span>>> = {};
    for (const name in declared) {
      const counters = new Counters(declared[name], this);
      made[name] = counters;
      this.#counters.set(name, counters);
    }
    return made as Record<Name, Counters<Span>>;
  }

  /** Declares a counter without labels. */
  counter(name: string, metric: Metric): Counter<Span> {
    return this.counters({ [name]: metric })[name]!.of();
  }

  /** Declares a distribution. */
  distribution<Values extends Distribution>(name: string, metric: Metric, value: Values): Values {
    this.#distributions.push({ name, metric, labels: [], value });
    return value;
  }

  /** Declares what is not counted but looked at, whenever everything is read. A second one of a name takes the place of the first. */
  gauge(name: string, metric: Metric, read: () => Iterable<GaugeValue>): void {
    this.#gauges.set(name, { metric, read });
  }

  /** What a gauge shows now; nothing where none is declared under the name. */
  shown(name: string): Iterable<GaugeValue> {
    return this.#gauges.get(name)?.read() ?? [];
  }

  /** Everything that was counted so far, and what gauges show now. */
  *[Symbol.iterator](): Iterator<Reading> {
    for (const [name, counters] of this.#counters) {
      for (const reading of counters) yield { name, metric: counters.metric, ...reading };
    }
    yield* this.#distributions;
    for (const [name, { metric, read }] of this.#gauges) {
      for (const shown of read()) yield { name, metric, ...shown };
    }
  }
}
