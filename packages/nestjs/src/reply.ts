import { ClientError, createReplyMessage, type Message, type MessageExt } from '@rocketmq-ts/client';
import { type BodyFormat, CONTENT_TYPE } from './body-format.ts';

/** The property of a reply that has not one value: how many values its body, an array, has. */
const VALUES = 'nestValues';
/** The property of a reply whose body is the error of the handler. */
const FAILED = 'nestError';

/** What a request is replied with: values of the handler, or its error. */
export type Answer = { readonly values: readonly unknown[] } | { readonly error: unknown };

/** An empty reply to the message; undefined when nobody waits for one. */
export function replyTo(request: MessageExt): Message | undefined {
  try {
    return createReplyMessage(request, '-');
  } catch (error) {
    if (error instanceof ClientError && error.code === 'NOT_A_REQUEST') return undefined;
    throw error;
  }
}

/**
 * RocketMQ has one reply for a request. One value is its body, as any client can read it; several are an array, with a property that
 * counts them. Throws as the format does.
 */
export function replyWith(empty: Message, answer: Answer, format: BodyFormat): Message {
  const [data, mark] =
    'error' in answer
      ? [answer.error, { [FAILED]: 'true' }]
      : answer.values.length === 1
        ? [answer.values[0], {}]
        : [answer.values, { [VALUES]: String(answer.values.length) }];
  const { body, contentType } = format.encode(data);
  const type = contentType === undefined ? {} : { [CONTENT_TYPE]: contentType };
  return { ...empty, body, properties: { ...empty.properties, ...type, ...mark } };
}

/** The answer in a reply, also of a responder that is no Nest application. Throws as the format does. */
export function answerOf(reply: MessageExt, format: BodyFormat): Answer {
  const { properties } = reply;
  const data = format.decode(reply.body, properties.get(CONTENT_TYPE));
  if (properties.get(FAILED) === 'true') return { error: data ?? { status: 'error', message: 'Unknown error' } };
  return { values: properties.has(VALUES) && Array.isArray(data) ? data : [data] };
}
