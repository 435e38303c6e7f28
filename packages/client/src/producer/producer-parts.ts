import type { ClientInstance } from '../instance/client-instance.ts';
import type { ProducerMember } from '../instance/members.ts';
import type { OutgoingMessage } from '../message/outgoing.ts';
import type { Requester } from '../request/requester.ts';
import { SendTrace } from '../trace/send-trace.ts';
import { TraceDispatcher } from '../trace/trace-dispatcher.ts';
import type { Accumulator } from './accumulator.ts';
import type { Choice, MessageSender } from './message-sender.ts';
import type { ProducerSettings } from './producer-options.ts';
import type { SendResult } from './send-result.ts';

/** What a producer consists of while it runs. */
export interface ProducerParts {
  readonly instance: ClientInstance;
  readonly sender: MessageSender;
  readonly accumulator: Accumulator;
  readonly requester: Requester;
  readonly member: ProducerMember;
  readonly trace: SendTrace | undefined;
  readonly dispatcher: TraceDispatcher | undefined;
  stopDetector: (() => void) | undefined;
}

/**
 * Adds a message to its batch; undefined when it is to be sent by itself. Its queue is chosen now, so that messages for one
 * queue travel together; where no route is known yet, the send by itself finds it.
 */
export function gather(
  { sender, accumulator }: ProducerParts,
  message: OutgoingMessage,
  choose: Choice | undefined,
): Promise<SendResult> | undefined {
  if (!accumulator.takes(message)) return undefined;
  if (choose === undefined) return accumulator.add(message, undefined);
  const queue = sender.chooseQueue(message.topic, choose);
  return queue === undefined ? undefined : accumulator.add(message, queue);
}

/** Reports about sends, where they are wanted. */
export function openTrace(settings: ProducerSettings, clientId: string): Pick<ProducerParts, 'dispatcher' | 'trace'> {
  const { producerGroup: group, trace, platform } = settings;
  if (trace === undefined) return { dispatcher: undefined, trace: undefined };
  const dispatcher = new TraceDispatcher(settings, trace, { group, kind: 'PRODUCE', clientId });
  return { dispatcher, trace: new SendTrace(dispatcher, platform.clock, group) };
}
