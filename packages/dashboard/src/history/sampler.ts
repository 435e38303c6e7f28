import { type Clock, Guard, type Logger, type Service, type Timer } from '@rocketmq-ts/kernel';
import type { BrokerState, ClusterModel, GroupState, TopicState } from '../collect/model.ts';
import { firstRate, numberIn, readRate } from '../collect/runtime.ts';
import type { ClusterHistory, NamedSample } from './history.ts';
import { MINUTE_MS, type SeriesKind } from './schema.ts';

interface SamplerOptions {
  readonly model: ClusterModel;
  readonly history: ClusterHistory;
  readonly clock: Clock;
  readonly logger: Logger;
}

type Values = readonly (number | null)[];

/** The last values of a series, and when they were seen last without being written. */
interface Last {
  values: Values;
  skippedAtMs: number | undefined;
}

/**
 * Writes what the model holds into the history, once a minute. Values that stay the same are written when they begin and when they end,
 * since most of thousands of topics and groups are idle.
 */
export class Sampler implements Service {
  readonly #options: SamplerOptions;
  readonly #guard: Guard;
  readonly #last: Record<SeriesKind, Map<string, Last>> = { broker: new Map(), topic: new Map(), group: new Map() };
  #timer: Timer | undefined;

  constructor(options: SamplerOptions) {
    this.#options = options;
    this.#guard = new Guard(options.clock, options.logger);
  }

  start(): void {
    this.#timer = this.#options.clock.every(
      MINUTE_MS,
      () => void this.#guard.run('the samples of a minute', () => this.sample()),
    );
  }

  stop(): void {
    this.#timer?.cancel();
    this.#guard.flush();
  }

  /** Takes the samples of this minute. */
  sample(): void {
    const { model, clock } = this.#options;
    const nowMs = clock.now();
    const atMs = Math.floor(nowMs / MINUTE_MS) * MINUTE_MS;
    const answers = [...model.brokers.values()].filter(
      ({ outage, runtime }) => outage === undefined && runtime.size > 0,
    );
    this.#write('broker', atMs, answers, (broker) => `${broker.brokerName}:${broker.brokerId}`, brokerValues);
    this.#write('topic', atMs, model.topics.values(), ({ topic }) => topic, topicValues);
    this.#write('group', atMs, model.groups.values(), ({ group }) => group, groupValues);
  }

  #write<State>(
    kind: SeriesKind,
    atMs: number,
    states: Iterable<State>,
    nameOf: (state: State) => string,
    valuesOf: (state: State) => Values | undefined,
  ): void {
    const before = this.#last[kind];
    const now = new Map<string, Last>();
    const samples: NamedSample[] = [];
    for (const state of states) {
      const values = valuesOf(state);
      if (values === undefined) continue;
      const name = nameOf(state);
      const last = before.get(name);
      if (last !== undefined && values.every((value, index) => value === last.values[index])) {
        last.skippedAtMs = atMs;
        now.set(name, last);
        continue;
      }
      if (last?.skippedAtMs !== undefined) samples.push({ name, atMs: last.skippedAtMs, values: last.values });
      samples.push({ name, atMs, values });
      now.set(name, { values, skippedAtMs: undefined });
    }
    // What is gone is forgotten, so that this does not grow.
    this.#last[kind] = now;
    if (samples.length > 0) this.#options.history.add(kind, samples);
  }
}

function brokerValues({ runtime, latencyMs }: BrokerState): Values {
  return [
    firstRate(runtime, 'putTps'),
    readRate(runtime),
    numberIn(runtime, 'commitLogDiskRatio') ?? null,
    numberIn(runtime, 'putLatency99') ?? null,
    latencyMs ?? null,
  ];
}

function topicValues({ figures }: TopicState): Values | undefined {
  if (figures.size === 0) return undefined;
  const sum = [0, 0, 0, 0];
  for (const { inTps, outTps, inCount24h, outCount24h } of figures.values()) {
    for (const [index, value] of [inTps, outTps, inCount24h, outCount24h].entries()) sum[index]! += value;
  }
  return sum;
}

function groupValues({ figures }: GroupState): Values | undefined {
  if (figures.size === 0) return undefined;
  let lag = 0;
  let consumeTps = 0;
  for (const each of figures.values()) {
    lag += each.lag;
    consumeTps += each.consumeTps;
  }
  return [lag, consumeTps];
}
