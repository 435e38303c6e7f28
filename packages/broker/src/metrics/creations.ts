import { Histogram, type Samples } from '@rocketmq-ts/kernel';
import { ResponseCode, UPDATE_AND_CREATE_SUBSCRIPTIONGROUP, UPDATE_AND_CREATE_TOPIC } from '@rocketmq-ts/protocol';
import type { IncomingRequest, Interceptor } from '@rocketmq-ts/remoting';
import { apacheBrokerMetrics } from './apache-metrics.ts';

const BOUNDS = apacheBrokerMetrics.rocketmq_topic_create_execution_time_milliseconds.bounds;

type Times = Map<string, Histogram>;

/** How long requests took that create or change topics and groups. Source: AdminBrokerProcessor#updateAndCreateTopic, #updateAndCreateSubscriptionGroup. */
export class Creations implements Interceptor {
  /** By values of their labels with `@` in between. */
  readonly #topics: Times = new Map();
  readonly #groups: Times = new Map();
  readonly #isSystemTopic: (name: string) => boolean;

  constructor(isSystemTopic: (name: string) => boolean) {
    this.#isSystemTopic = isSystemTopic;
  }

  after(request: IncomingRequest, code: number, durationMs: number): void {
    const isTopic = request.code === UPDATE_AND_CREATE_TOPIC.code;
    if (!isTopic && request.code !== UPDATE_AND_CREATE_SUBSCRIPTIONGROUP.code) return;
    const status = code === ResponseCode.SUCCESS ? 'success' : 'failure';
    // The fields are made when they are asked for, so not before it is known that they are needed: sends come here too.
    const key = isTopic ? `${status}@${this.#isSystemTopic(request.extFields.topic ?? '')}` : status;
    const times = isTopic ? this.#topics : this.#groups;
    let histogram = times.get(key);
    if (histogram === undefined) {
      histogram = new Histogram(BOUNDS);
      times.set(key, histogram);
    }
    histogram.count(Math.floor(durationMs));
  }

  showTopics(samples: Samples): readonly [] {
    return show(this.#topics, samples);
  }

  showGroups(samples: Samples): readonly [] {
    return show(this.#groups, samples);
  }
}

function show(times: Times, samples: Samples): readonly [] {
  for (const [key, histogram] of times) samples.histogram(key.split('@'), histogram);
  return [];
}
