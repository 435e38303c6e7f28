import type { MessageQueue } from '@rocketmq-ts/protocol';

/** Which clients have an event. */
export type StatusRole = 'PRODUCER' | 'CONSUMER';

/** One kind of event. `Fields` are what it has besides `type`, `timeMs` and `missed`. */
export interface StatusEntry<Role extends StatusRole = StatusRole, Fields = object> {
  readonly roles: readonly Role[];
  readonly meaning: string;
  /** What each field says. */
  readonly fields: Readonly<Record<keyof Fields, string>>;
}

/** A server at the other end of a connection. */
export interface StatusPeer {
  readonly peer: 'BROKER' | 'NAME_SERVER';
  readonly address: string;
  readonly brokerName: string | undefined;
}

/** What is full, so that no more is pulled or sent for now. */
export type ThrottleReason = 'COUNT' | 'BYTES' | 'SPAN' | 'ALL_QUEUES' | 'BROKER_BUSY' | 'SENDS';

/** What `rebalanced` says. */
export interface StatusRebalanced {
  readonly queues: readonly MessageQueue[];
}

/** What `throttled` says. */
export interface StatusThrottled {
  readonly reason: ThrottleReason;
  readonly queue: MessageQueue | undefined;
  readonly count: number;
  readonly bytes: number;
}

/** What `deadLettered` says. */
export interface StatusDeadLettered {
  readonly topic: string;
  readonly messageQueue: MessageQueue;
  readonly queueOffset: number;
  readonly msgId: string;
  readonly reconsumeTimes: number;
}

const entry =
  <Fields>() =>
  <Role extends StatusRole>(
    roles: readonly Role[],
    meaning: string,
    fields: Readonly<Record<keyof Fields, string>>,
  ): StatusEntry<Role, Fields> => ({ roles, meaning, fields });

const peerFields = {
  peer: '`BROKER` or `NAME_SERVER`.',
  address: '`host:port` as it is dialled.',
  brokerName: 'Name of the broker; undefined for a name server.',
};

/** Every event of `status()`. docs/client-status.md is made from it. */
export const statusEvents = {
  connected: entry<StatusPeer>()(
    ['PRODUCER', 'CONSUMER'],
    'A connection was made. Clients of one client id share connections, and each of them reports it.',
    peerFields,
  ),
  lost: entry<StatusPeer>()(
    ['PRODUCER', 'CONSUMER'],
    'A connection that was `connected` is closed. Another one is made with the next request to this server.',
    peerFields,
  ),
  rebalanced: entry<StatusRebalanced>()(['CONSUMER'], 'Queues were assigned to this consumer, or taken from it.', {
    queues: 'All queues that it has now.',
  }),
  throttled: entry<StatusThrottled>()(
    ['PRODUCER', 'CONSUMER'],
    'Something is full, so that a queue is not pulled for now, or sends wait for their turn. For each queue, and for the sends of a producer, at most once in ten seconds.',
    {
      reason:
        'Of a consumer: `COUNT` (`pullThresholdForQueue`), `BYTES` (`pullThresholdSizeForQueue`), `SPAN` (`consumeConcurrentlyMaxSpan`), `ALL_QUEUES` (`pullThresholdForAll`), or `BROKER_BUSY`: the broker asks for a pause. Of a producer: `SENDS` (`maxInFlight`, `maxInFlightBytes`).',
      queue: 'The queue that is not pulled; undefined for a producer.',
      count: 'Messages in its window, or sends under way.',
      bytes: 'Bytes of their bodies.',
    },
  ),
  deadLettered: entry<StatusDeadLettered>()(
    ['CONSUMER'],
    'A message that could not be handled was given to a broker which moves it to the dead letter queue of the group: it was tried as often as `maxReconsumeTimes` allows, or the listener wished so.',
    {
      topic: 'Topic to which it was sent.',
      messageQueue: 'Queue from which it came last; of the retry topic, where it was tried again.',
      queueOffset: 'Its offset in that queue.',
      msgId: 'Its unique key.',
      reconsumeTimes: 'How often it had been delivered before.',
    },
  ),
} as const;

/** What every event has. */
export interface StatusEventBase<Type extends string> {
  readonly type: Type;
  /** When it happened, ms since the epoch. */
  readonly timeMs: number;
  /** Events directly before this one that were dropped, since the reader was too slow; 0 as a rule. */
  readonly missed: number;
}

/** The event of a type. */
export type StatusEventOf<Type extends keyof typeof statusEvents> =
  (typeof statusEvents)[Type] extends StatusEntry<StatusRole, infer Fields>
    ? StatusEventBase<Type> & Readonly<Fields>
    : never;

/** The events of clients of a role. */
export type StatusEventsOf<Role extends StatusRole> = {
  readonly [Type in keyof typeof statusEvents]: Role extends (typeof statusEvents)[Type]['roles'][number]
    ? StatusEventOf<Type>
    : never;
}[keyof typeof statusEvents];

/** What the status of a producer reports. */
export type ProducerStatusEvent = StatusEventsOf<'PRODUCER'>;
/** What the status of a consumer reports. */
export type ConsumerStatusEvent = StatusEventsOf<'CONSUMER'>;

/** An event as it is made where it happens. */
export type StatusReport<Event> = Event extends StatusEventBase<string> ? Omit<Event, 'timeMs' | 'missed'> : never;
