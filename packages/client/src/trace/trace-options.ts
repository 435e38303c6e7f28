import { SystemTopic } from '@rocketmq-ts/protocol';
import { ClientError } from '../errors.ts';
import { requireTopic } from '../message/outgoing.ts';
import { integersOf } from '../options.ts';

/** Message trace of a producer or consumer. Source of names and defaults: ClientConfig. */
export interface TraceOptions {
  /**
   * Report what happens to each message, so that `mqadmin queryMsgTraceById` finds it: sends that a broker answered, outcomes of
   * transactions, calls of listeners. Brokers switch it off for their messages with `traceOn=false`. Reports are sent by a
   * client of their own, apart from the traced one, whose calls they neither fail nor delay; what cannot be sent, or does not
   * fit into 2048 reports and 8 MiB that wait, is dropped with a warning. Default false.
   */
  readonly enableMsgTrace?: boolean | undefined;
  /** Topic of the reports. Default `RMQ_SYS_TRACE_TOPIC`, which brokers have with `traceTopicEnable`. */
  readonly customizedTraceTopic?: string | undefined;
  /** Reports in one message, 1 to 20. Fewer are sent after 5 s. Default 10. */
  readonly traceMsgBatchNum?: number | undefined;
  /** `CLOUD`: reports are sent to the topic of the message's region, `rmq_sys_TRACE_DATA_<region>`. Default `LOCAL`. */
  readonly accessChannel?: 'LOCAL' | 'CLOUD' | undefined;
}

/** `TraceOptions` with every default filled in; undefined without trace. */
export interface TraceSettings {
  readonly topic: string;
  readonly batchNum: number;
  readonly accessChannel: 'LOCAL' | 'CLOUD';
}

/** Throws ClientError `OPTION_ILLEGAL` or `NAME_ILLEGAL`. */
export function resolveTraceOptions(options: TraceOptions): TraceSettings | undefined {
  const { enableMsgTrace, customizedTraceTopic, accessChannel = 'LOCAL' } = options;
  const batchNum = integersOf(options)('traceMsgBatchNum', 10, 1, 20);
  if (accessChannel !== 'LOCAL' && accessChannel !== 'CLOUD') {
    const text = `The option accessChannel is ${JSON.stringify(accessChannel)}, but must be LOCAL or CLOUD.`;
    throw new ClientError('OPTION_ILLEGAL', text, { facts: { option: 'accessChannel' } });
  }
  const blank = customizedTraceTopic === undefined || customizedTraceTopic === '';
  const topic = blank ? SystemTopic.TRACE : customizedTraceTopic;
  requireTopic(topic);
  return enableMsgTrace === true ? { topic, batchNum, accessChannel } : undefined;
}
