import type { Clock, Random } from '@rocketmq-ts/kernel';
import { PropertySlot, type PropertyTable, ResponseCode, SystemTopic } from '@rocketmq-ts/protocol';
import type { RecordInput, TimerFiles } from '@rocketmq-ts/store';
import type { BrokerConfig } from '../config-table.ts';
import type { TimerQueues } from '../placement/place.ts';
import { writeRealPlace } from '../placement/real-place.ts';
import { Refusal } from '../refusal.ts';
import { askedTime } from './due-time.ts';
import type { TimerClock } from './timer-clock.ts';

const { TIMER_OUT_MS, TIMER_DEL_UNIQKEY } = PropertySlot;

export interface TimerPlacesParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly config: Pick<BrokerConfig, 'timerWheelEnable' | 'timerMaxDelaySec' | 'timerCongestNumEachSlot'>;
  readonly wheel: TimerFiles['wheel'];
  readonly timerClock: TimerClock;
}

/** Where messages wait that are for a time of their own: one queue, from which `TimerEnqueue` takes them into the wheel. */
export class TimerPlaces implements TimerQueues {
  readonly #parts: TimerPlacesParts;

  constructor(parts: TimerPlacesParts) {
    this.#parts = parts;
  }

  /** As the interface says. Source: HookUtils#transformTimerMessage. */
  park(input: RecordInput, properties: PropertyTable): Refusal | undefined {
    const outMs = this.#outMs(input, properties);
    if (outMs === undefined || outMs instanceof Refusal) return outMs;
    properties.set(TIMER_OUT_MS, String(outMs));
    writeRealPlace(properties, input);
    input.topic = SystemTopic.WHEEL_TIMER;
    input.queueId = 0;
    return undefined;
  }

  whyNot(input: RecordInput, properties: PropertyTable): Refusal | undefined {
    const outMs = this.#outMs(input, properties);
    return outMs instanceof Refusal ? outMs : undefined;
  }

  /** When the message leaves the wheel; undefined for one that is not delayed, a refusal for one that can't be. */
  #outMs(input: RecordInput, properties: PropertyTable): number | Refusal | undefined {
    const { config, clock, timerClock, wheel } = this.#parts;
    const asked = askedTime(properties);
    if (asked === undefined || input.topic === SystemTopic.WHEEL_TIMER) return undefined;
    if (!config.timerWheelEnable)
      return new Refusal(
        ResponseCode.SYSTEM_ERROR,
        'accurate timer message is not enabled, timerWheelEnable is false; use a delay level, or set timerWheelEnable=true and start the broker again',
      );
    if (Number.isNaN(asked.ms))
      return this.#illegal(`${asked.name} ${JSON.stringify(asked.text.slice(0, 100))} is not a number`);
    timerClock.now();
    const nowMs = clock.now();
    const deliverMs = asked.isDelay ? nowMs + asked.ms : asked.ms;
    const maxDelayMs = config.timerMaxDelaySec * 1000;
    if (deliverMs <= nowMs)
      return properties.has(TIMER_DEL_UNIQKEY)
        ? this.#illegal('a message that recalls another one is for a time that has passed')
        : undefined;
    if (deliverMs - nowMs > maxDelayMs)
      return this.#illegal(
        `${asked.name} ${asked.text.slice(0, 100)} is more than timerMaxDelaySec=${config.timerMaxDelaySec} ahead`,
      );
    // The slot ends when the message is due, or within it.
    const outMs = wheel.floor(deliverMs - 1);
    const congestion = this.#whyCongested(outMs + timerClock.shiftMs);
    return congestion ?? outMs;
  }

  /** Apache's text, and then the reason. Source: SendMessageProcessor#handlePutMessageResult. */
  #illegal(reason: string): Refusal {
    const maxDelayMs = this.#parts.config.timerMaxDelaySec * 1000;
    return new Refusal(
      ResponseCode.MESSAGE_ILLEGAL,
      `timer message illegal, the delay time should not be bigger than the max delay ${maxDelayMs}ms; or if set del msg, the delay time should be bigger than the current time. Here: ${reason}`,
    );
  }

  /** Source: TimerMessageStore#isReject. */
  #whyCongested(slotMs: number): Refusal | undefined {
    const { config, wheel, random } = this.#parts;
    const limit = config.timerCongestNumEachSlot;
    const count = wheel.slot(slotMs)?.count ?? 0;
    if (count <= limit) return undefined;
    const isRefused = count >= limit * 2 || random.below(1000) > (1000 * (count - limit)) / (limit + 0.1);
    if (!isRefused) return undefined;
    return new Refusal(
      ResponseCode.SYSTEM_ERROR,
      `timer message is under flow control, max num limit is ${limit * 2} or the current value is greater than ${limit} and less than ${limit * 2}, trigger random flow control; ${count} messages wait for this time, choose another one`,
    );
  }
}
