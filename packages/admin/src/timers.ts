import { readInt64 } from '@rocketmq-ts/kernel';
import {
  decodeRecallHandle,
  GET_ALL_DELAY_OFFSET,
  GET_TIMER_CHECK_POINT,
  GET_TIMER_METRICS,
  integerOf,
  Members,
  RECALL_MESSAGE,
  ResponseCode,
} from '@rocketmq-ts/protocol';
import { brokerAddress, type ClusterOperations } from './cluster.ts';
import { AdminError } from './errors.ts';
import type { Wire } from './wire.ts';

/** Messages that wait for their time: what brokers say of them, and taking one back. */
export interface TimerOperations {
  /**
   * How many timer messages wait on a broker, by topic. Undefined from one without timers: a 4.x, or one with
   * `timerWheelEnable=false`.
   */
  timerCounts(address: string): Promise<Map<string, TimerCount> | undefined>;
  /** How far a broker's timers are. Undefined as above. */
  timerCheckpoint(address: string): Promise<TimerCheckpoint | undefined>;
  /** Delay level → queue offset in SCHEDULE_TOPIC_XXXX of the next message that is delivered; levels that never delivered may be missing. */
  delayOffsets(address: string): Promise<Map<number, number>>;
  /**
   * Takes a timer message back that is not delivered yet, by the handle that its send was answered with. Resolves to the
   * message's unique key; that a message waits is not checked by brokers. Fails with BAD_ARGUMENT for what is no handle, and
   * with response code 16 while the broker has `recallMessageEnable=false`, the default.
   */
  recallMessage(recallHandle: string): Promise<string>;
}

/** Timer messages of one topic. Source: TimerMetrics.Metric. */
interface TimerCount {
  readonly count: number;
  /** When it was counted last, ms since the epoch. */
  readonly timestampMs: number;
}

/** Source: TimerCheckpoint. */
interface TimerCheckpoint {
  /** Timers up to this time were delivered, ms since the epoch. */
  readonly lastReadTimeMs: number;
  /** Queue offset in rmq_sys_wheel_timer up to which messages are in the wheel. */
  readonly lastTimerQueueOffset: number;
  /** The same on the master, where the broker is a slave. */
  readonly masterTimerQueueOffset: number;
}

/** Up to 4.9.x brokers and those whose timers are off answer so. */
const WITHOUT_TIMERS: readonly number[] = [ResponseCode.SYSTEM_ERROR, ResponseCode.REQUEST_CODE_NOT_SUPPORTED];
const CHECKPOINT_BYTES = 32;

/** `TimerOperations` over the wire. */
export function timerOperations(wire: Wire, cluster: ClusterOperations): TimerOperations {
  return {
    async timerCounts(address) {
      const response = await wire.broker(address, GET_TIMER_METRICS, {}, { accept: WITHOUT_TIMERS });
      if (response.code !== ResponseCode.SUCCESS) return undefined;
      return Members.parse(response.body, 'TimerMetrics').table('timingCount', (metric) => ({
        count: metric.integer('count', 0),
        timestampMs: metric.integer('timeStamp', 0),
      }));
    },

    async timerCheckpoint(address) {
      const { code, body } = await wire.broker(address, GET_TIMER_CHECK_POINT, {}, { accept: WITHOUT_TIMERS });
      if (code !== ResponseCode.SUCCESS || body.length < CHECKPOINT_BYTES) return undefined;
      const view = new DataView(body.buffer, body.byteOffset, body.length);
      return {
        lastReadTimeMs: readInt64(view, 0),
        lastTimerQueueOffset: readInt64(view, 16),
        masterTimerQueueOffset: readInt64(view, 24),
      };
    },

    async delayOffsets(address) {
      // 1: the broker has no progress yet.
      const response = await wire.broker(address, GET_ALL_DELAY_OFFSET, {}, { accept: [ResponseCode.SYSTEM_ERROR] });
      if (response.code !== ResponseCode.SUCCESS || response.body.length === 0) return new Map();
      return Members.parse(response.body, 'DelayOffsets').numberedTable('offsetTable', integerOf);
    },

    async recallMessage(recallHandle) {
      const handle = decodeRecallHandle(recallHandle);
      if (handle === undefined) throw new AdminError('BAD_ARGUMENT', 'this is no recall handle');
      const address = brokerAddress(await cluster.examineTopicRoute(handle.topic), handle.brokerName);
      const header = { topic: handle.topic, recallHandle, targetBrokerName: handle.brokerName };
      return (await wire.broker(address, RECALL_MESSAGE, header)).header.msgId;
    },
  };
}
