import { integer, optional, text } from './field.ts';
import type { MessageRow } from './messages.ts';
import type { BrokerFailure } from './page.ts';
import { answer, route } from './route.ts';

/**
 * FOUND; TOPIC_MISSING: no broker has the trace topic, so no client's trace could be stored; NO_RECORD: it is there and has
 * nothing of the message; FAILED: brokers could not be asked, so that nothing is known.
 */
export type TraceState = 'FOUND' | 'TOPIC_MISSING' | 'NO_RECORD' | 'FAILED';

/** A producer sent the message, or tried to. */
export interface TraceSend {
  readonly group: string;
  readonly clientHost: string;
  readonly storeHost: string;
  readonly beginMs: number;
  readonly costMs: number;
  readonly success: boolean;
  /** Source: MessageType. */
  readonly messageType: string;
  readonly topic: string;
  readonly tags?: string | undefined;
  readonly keys?: string | undefined;
  readonly bodyBytes: number;
  readonly offsetMsgId?: string | undefined;
  readonly regionId: string;
}

/** A producer ended the transaction of the message. */
export interface TraceEnd {
  readonly group: string;
  readonly clientHost: string;
  readonly storeHost: string;
  readonly atMs: number;
  /** Source: LocalTransactionState. */
  readonly state: string;
  readonly transactionId?: string | undefined;
  readonly fromCheck: boolean;
}

/** A producer recalled the message before its time. */
export interface TraceRecallEvent {
  readonly group: string;
  readonly clientHost: string;
  readonly atMs: number;
  readonly success: boolean;
}

/** A listener was called with the message. */
export interface TraceAttempt {
  readonly requestId: string;
  readonly clientHost: string;
  /** Undefined when neither report has a time: clients in clouds, and before 4.9. */
  readonly beginMs?: number | undefined;
  readonly endMs?: number | undefined;
  /** Undefined while the end is not reported. */
  readonly costMs?: number | undefined;
  /** 0: the first delivery. Undefined when the report of the beginning is missing. */
  readonly retryTimes?: number | undefined;
  /** UNFINISHED: the listener has not returned, or the report of its end was lost. */
  readonly status: 'SUCCESS' | 'FAILED' | 'UNFINISHED';
  /** Source: ConsumeReturnType. */
  readonly returnType?: string | undefined;
  readonly keys?: string | undefined;
}

/** The way of one message. */
export interface MessageTrace {
  readonly msgId: string;
  readonly sends: readonly TraceSend[];
  readonly ends: readonly TraceEnd[];
  readonly recalls: readonly TraceRecallEvent[];
  /** Attempts of each group in the order of time. */
  readonly groups: readonly { readonly group: string; readonly attempts: readonly TraceAttempt[] }[];
  /** The stored message; undefined when it can't be found any more. */
  readonly message?: MessageRow | undefined;
}

export interface TraceAnswer {
  readonly state: TraceState;
  readonly traceTopic: string;
  readonly trace?: MessageTrace | undefined;
  readonly failures: readonly BrokerFailure[];
}

/** A message of which the trace topic has something. */
export interface TracedMessage {
  readonly msgId: string;
  readonly topic?: string | undefined;
  readonly keys?: string | undefined;
  readonly tags?: string | undefined;
  readonly producerGroup?: string | undefined;
  readonly sentMs?: number | undefined;
  /** Groups with a report. */
  readonly groups: readonly string[];
}

export interface TraceSearch {
  readonly state: TraceState;
  readonly traceTopic: string;
  readonly rows: readonly TracedMessage[];
  readonly failures: readonly BrokerFailure[];
}

const WHERE = { traceTopic: optional(text({ max: 255 })) };

/** What clients reported of messages. */
export const TRACE_ROUTES = {
  /** Topics in which traces may be: the default one, also where it is missing, and those of cloud regions. */
  traceTopics: route('GET', '/clusters/:cluster/trace-topics', {
    answer: answer<{ readonly topics: readonly { readonly topic: string; readonly exists: boolean }[] }>(),
  }),
  /** By unique key or offset id. */
  trace: route('GET', '/clusters/:cluster/trace', {
    query: { ...WHERE, id: text({ max: 256 }), topic: optional(text({ max: 255 })) },
    answer: answer<TraceAnswer>(),
  }),
  /** By an index key of the message, or by its id. */
  tracesByKey: route('GET', '/clusters/:cluster/traces', {
    query: { ...WHERE, key: text(), beginMs: optional(integer()), endMs: optional(integer()) },
    answer: answer<TraceSearch>(),
  }),
};
