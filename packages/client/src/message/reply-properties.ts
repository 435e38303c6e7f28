import { MessageProperty, PROPERTIES_MAX_BYTES } from '@rocketmq-ts/protocol';
import { ClientError } from '../errors.ts';
import type { ReplyTo } from './message.ts';
import type { OutgoingMessage } from './outgoing.ts';
import { UNIQUE_KEY_BYTES, withProperty } from './property-text.ts';

/** The message with the properties by which it is replied to. Throws ClientError `MESSAGE_ILLEGAL`. Source: DefaultMQProducerImpl#prepareSendRequest. */
export function withRequestProperties(message: OutgoingMessage, request: Required<ReplyTo>): OutgoingMessage {
  const { correlationId, clientId, ttlMs } = request;
  let propertyText = withProperty(message.propertyText, MessageProperty.CORRELATION_ID, correlationId);
  propertyText = withProperty(propertyText, MessageProperty.MESSAGE_REPLY_TO_CLIENT, clientId);
  propertyText = withProperty(propertyText, MessageProperty.MESSAGE_TTL, String(ttlMs));
  const bytes = Buffer.byteLength(propertyText) + UNIQUE_KEY_BYTES;
  if (bytes > PROPERTIES_MAX_BYTES) {
    const text = `The request to topic ${message.topic} has properties of ${bytes} bytes, more than the ${PROPERTIES_MAX_BYTES} of a record.`;
    throw new ClientError('MESSAGE_ILLEGAL', text, { facts: { topic: message.topic, responseCode: 13 } });
  }
  return { ...message, propertyText };
}
