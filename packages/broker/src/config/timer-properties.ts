import { configTable, flagProperty, integerProperty } from '@rocketmq-ts/kernel';

/** Messages with a time of delivery of their own. Source: MessageStoreConfig, BrokerConfig. */
export const timerProperties = configTable({
  timerWheelEnable: flagProperty(true, {
    meaning:
      'take messages with TIMER_DELAY_SEC, TIMER_DELAY_MS or TIMER_DELIVER_MS, and deliver them when they are due',
    waits:
      'Turned off, Apache’s broker refuses new ones and delivers the old ones; turned on, it fails until the next start, which makes its wheel.',
  }),
  timerPrecisionMs: integerProperty(1000, {
    waits: 'The wheel is made with it at the start; Apache’s broker rounds new messages by the new length at once.',
    meaning:
      'length of a slot of the timer wheel, rounded down to 100, 200, 500 or 1000; deliveries keep their millisecond',
    unit: 'ms',
  }),
  timerRollWindowSlot: integerProperty(172_800, {
    meaning: 'a message that is further away, in slots of the wheel, is stored again in between',
    change: 'fixed',
  }),
  timerMaxDelaySec: integerProperty(259_200, {
    meaning: 'longest time until a message is due; what is further away is refused',
    unit: 's',
    change: 'live',
  }),
  timerCongestNumEachSlot: integerProperty(2_147_483_647, {
    meaning: 'from so many messages in a slot on some are refused, from twice as many all',
    min: 1,
    change: 'live',
  }),
  timerFlushIntervalMs: integerProperty(1000, {
    meaning: 'between flushes of wheel, timer log and timer checkpoint',
    unit: 'ms',
    min: 10,
    change: 'live',
  }),
  mappedFileSizeTimerLog: integerProperty(104_857_600, {
    meaning: 'length of a timer log file',
    unit: 'bytes',
    min: 1024,
  }),
  timerStopEnqueue: flagProperty(false, {
    meaning: 'messages wait in their queue and are not put in the wheel',
    change: 'live',
  }),
  timerStopDequeue: flagProperty(false, { meaning: 'messages that are due stay in the wheel', change: 'live' }),
  timerSkipUnknownError: flagProperty(false, {
    meaning:
      'a message whose delivery fails for an unknown reason is passed over at once, and not tried again for a minute',
    change: 'live',
  }),
  recallMessageEnable: flagProperty(false, {
    meaning: 'producers may recall messages that are not due yet, by their handles',
    change: 'live',
  }),
  allowRecallWhenBrokerNotWriteable: flagProperty(true, {
    meaning: 'also while brokerPermission has no write bit',
    change: 'live',
  }),
  appendTopicForTimerDeleteKey: flagProperty(false, {
    meaning: 'recalls are stored with topic and unique key, as by 5.3.2 and 5.3.3, and not with the key alone',
    change: 'live',
  }),
});

const PRECISIONS_MS = [1000, 500, 200, 100] as const;

/** Length of a slot of the wheel. Source: MessageStoreConfig#setTimerPrecisionMs. */
export function slotLengthMs({ timerPrecisionMs }: { readonly timerPrecisionMs: number }): number {
  return PRECISIONS_MS.find((each) => each <= timerPrecisionMs) ?? 100;
}
